/* Feature maps: how they come from the server, what they look like, and where on the picture they lie. */
export const SIDE = 28; // pixels of the picture
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LEVELS = new Map([...ALPHABET].map((character, level) => [character.charCodeAt(0), (level - 32) / 31]));
const [FOR, AGAINST] = [[226, 38, 38], [20, 90, 230]];
const FADING = 0.75; // below 1, small values are easier to see
const CLEAR = 0.06; // share of the largest value below which a map says nothing

/** Values in [-1, 1] of a string with a character for each. */
export function decode(text) {
  return Float32Array.from({ length: text.length }, (_, i) => LEVELS.get(text.charCodeAt(i)));
}

/** Puts values in [-1, 1] on `pixels`, RGBA, from `place` on: red, blue, and nothing for 0. */
export function colour(pixels, place, value) {
  const [red, green, blue] = value < 0 ? AGAINST : FOR;
  pixels.set([red, green, blue, Math.round(255 * Math.min(1, Math.abs(value)) ** FADING)], 4 * place);
}

/** A canvas with one square map, a pixel for a value. */
export function mapCanvas(values, side, canvas = document.createElement('canvas')) {
  canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  values.forEach((value, place) => colour(image.data, place, value));
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}

/** All maps of a layer side by side, a line of paper between them. */
export function paintAll(canvas, values, side, columns) {
  const count = values.length / side ** 2;
  canvas.width = columns * (side + 1) - 1;
  canvas.height = Math.ceil(count / columns) * (side + 1) - 1;
  const image = new ImageData(canvas.width, canvas.height);
  values.forEach((value, i) => {
    const [map, place] = [Math.floor(i / side ** 2), i % side ** 2];
    const x = (map % columns) * (side + 1) + (place % side);
    const y = Math.floor(map / columns) * (side + 1) + Math.floor(place / side);
    colour(image.data, y * canvas.width + x, value);
  });
  canvas.getContext('2d').putImageData(image, 0, 0);
}

/** The picture in grey on a square canvas, and over it a map {values, shown, start, step}, its points where they look. */
export function overlay(canvas, picture, { values, shown, start, step }) {
  const context = canvas.getContext('2d');
  const unit = canvas.width / SIDE;
  context.globalAlpha = 1;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = 0.5;
  if (picture) context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  context.globalAlpha = 0.8;
  context.imageSmoothingEnabled = true;
  const [corner, width] = [(start - step / 2 + 0.5) * unit, shown * step * unit];
  context.drawImage(mapCanvas(values, shown), corner, corner, width, width);
  context.globalAlpha = 1;
}

/** Frames the square of `field` pixels that the strongest point of a map looks at. */
export function frameStrongest(canvas, { values, shown, start, step, field }) {
  let best = 0;
  values.forEach((value, place) => { if (Math.abs(value) > Math.abs(values[best])) best = place; });
  if (Math.abs(values[best]) < CLEAR || field >= SIDE) return;
  const context = canvas.getContext('2d');
  const unit = canvas.width / SIDE;
  const [x, y] = [best % shown, Math.floor(best / shown)].map((at) => (start + at * step + 0.5 - field / 2) * unit);
  context.strokeStyle = '#1c1b19';
  context.lineWidth = 1.5;
  context.strokeRect(x, y, field * unit, field * unit);
}

/** Where on the picture a map answers: "at the top left", or "nowhere". */
export function whereabouts({ values, shown, start, step }) {
  let [sum, x, y, most] = [0, 0, 0, 0];
  values.forEach((value, place) => {
    const weight = value ** 2;
    sum += weight;
    x += weight * (start + step * (place % shown));
    y += weight * (start + step * Math.floor(place / shown));
    most = Math.max(most, Math.abs(value));
  });
  if (most < CLEAR) return 'nowhere';
  const third = (at, words) => words[Math.min(2, Math.max(0, Math.floor((at - 7) / 5)))];
  const where = [third(y / sum, ['top', '', 'bottom']), third(x / sum, ['left', '', 'right'])].filter(Boolean);
  return where.length ? `at the ${where.join(' ')}` : 'in the middle';
}
