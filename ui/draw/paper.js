/* What is painted: the sheet with the ink, and over it boxes, the cursor of the keyboard and the heat map of "Why?". */
import { make } from '../static/shared.js';
import { placeLabels } from './labels.js';

const COLOURS = { sure: '#0f766e', unsure: '#b45309', no: '#78716c', cursor: '#1d4ed8' };
const LABEL = 12; // pixels on the screen
const samples = new Map(); // base64 -> canvas

/** Draws strokes in pad units on a context that is scaled to them. */
function drawStrokes(context, strokes) {
  context.lineCap = context.lineJoin = 'round';
  for (const { points, width, erase } of strokes) {
    context.strokeStyle = erase ? '#fff' : '#111';
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }
}

/** A 28×28 sample (base64, ink bright) as a canvas with dark ink. */
function sampleOf(picture) {
  if (!samples.has(picture)) {
    const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
    const small = make('canvas', { width: 28, height: 28 });
    const data = new ImageData(28, 28);
    bytes.forEach((byte, i) => data.data.set([17, 17, 17, byte], 4 * i));
    small.getContext('2d').putImageData(data, 0, 0);
    samples.set(picture, small);
  }
  return samples.get(picture);
}

/** An SVG element with attributes and children. */
function vector(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** What is on the sheet as an SVG, which lies over the canvases: Chromium prints a canvas that was just resized without its ink. */
export function printable({ strokes, picture }) {
  const { width, height, picture: side } = settings;
  const place = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
  const sample = picture ? [vector('image', { ...place, href: sampleOf(picture).toDataURL() })] : [];
  const lines = strokes.map(({ points, width: thick, erase }) => vector('polyline', {
    points: [...points, points.at(-1)].join(' '), stroke: erase ? '#fff' : '#111', 'stroke-width': thick,
  }));
  const pen = { fill: 'none', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  return vector('svg', { class: 'printed', viewBox: `0 0 ${width} ${height}` }, ...sample, vector('g', pen, ...lines));
}

export class Paper {
  /** `sheet` and `marks` are canvases that lie over each other. */
  constructor(sheet, marks) {
    [this.sheet, this.marks] = [sheet, marks];
  }

  /** Gives the canvases the pixels of their place on the screen; false while they are not to be seen. */
  fit() {
    const { width } = this.sheet.getBoundingClientRect();
    if (!width) return false;
    for (const layer of [this.sheet, this.marks]) {
      layer.width = Math.round(width * devicePixelRatio);
      layer.height = Math.round((layer.width * settings.height) / settings.width);
    }
    return true;
  }

  /** Pixels of the canvas for one pad unit. */
  get scale() {
    return this.sheet.width / settings.width;
  }

  /** [x, y] of a pointer in pad units. */
  place({ clientX, clientY }) {
    const frame = this.sheet.getBoundingClientRect();
    const unit = settings.width / frame.width;
    return [clientX - frame.left, clientY - frame.top].map((at) => Math.round(at * unit * 10) / 10);
  }

  paint({ strokes, picture }) {
    const context = this.sheet.getContext('2d');
    const { width, height, picture: side } = settings;
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    if (picture) context.drawImage(sampleOf(picture), (width - side) / 2, (height - side) / 2, side, side);
    drawStrokes(context, strokes);
  }

  /** Whether an eraser has left nothing: a small copy of the sheet has no dark pixel. */
  get blank() {
    const small = make('canvas', { width: settings.width / 4, height: settings.height / 4 });
    const context = small.getContext('2d');
    context.drawImage(this.sheet, 0, 0, small.width, small.height);
    const { data } = context.getImageData(0, 0, small.width, small.height);
    return !data.some((value, i) => i % 4 === 0 && value < 200);
  }

  /** Boxes around several digits, the heat map {image, inked, box} of one, the keyboard's cursor {x, y, down, width}. */
  mark({ digits, selected, heat, cursor }) {
    const context = this.marks.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    context.scale(this.scale, this.scale);
    if (digits.length > 1) this.#boxes(context, digits, selected);
    if (heat) this.#heat(context, heat);
    if (cursor) this.#cursor(context, cursor);
  }

  #boxes(context, digits, selected) {
    const size = LABEL * Math.max(1, settings.width / this.sheet.getBoundingClientRect().width || 1);
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textBaseline = 'bottom';
    const labels = placeLabels(digits, size, (text) => context.measureText(text).width, settings.width);
    digits.forEach(({ box: [left, top, right, bottom], state }, index) => {
      context.strokeStyle = context.fillStyle = COLOURS[state];
      context.lineWidth = index === selected ? 2.5 : 1.2;
      context.beginPath();
      context.roundRect(left - 7, top - 7, right - left + 14, bottom - top + 14, 6);
      context.stroke();
      const { text, x, y } = labels[index];
      context.fillText(text, x, y);
    });
  }

  #cursor(context, { x, y, down, width }) {
    context.strokeStyle = COLOURS.cursor;
    context.lineWidth = down ? 3 : 1.5;
    context.beginPath();
    context.arc(x, y, width / 2 + 3, 0, 7);
    context.moveTo(x - 16, y);
    context.lineTo(x + 16, y);
    context.moveTo(x, y - 16);
    context.lineTo(x, y + 16);
    context.stroke();
  }

  /** `inked` is where the ink lies in the 28×28 picture, `box` where the same ink lies on the pad. */
  #heat(context, { image, inked: [a, b, c, d], box: [left, top, right, bottom] }) {
    const [sx, sy] = [(right - left) / (c - a), (bottom - top) / (d - b)];
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, left - a * sx, top - b * sy, 28 * sx, 28 * sy);
  }

  /** Shows the surroundings of a digit's box on another, square canvas, with the box around it. */
  cutOut({ box: [left, top, right, bottom], state }, canvas) {
    const context = canvas.getContext('2d');
    const side = canvas.width;
    const span = 1.25 * Math.max(right - left, bottom - top, 8);
    const [x, y] = [(left + right - span) / 2, (top + bottom - span) / 2];
    const [from, to] = [this.scale, side / span];
    context.fillStyle = '#fff';
    context.fillRect(0, 0, side, side);
    context.drawImage(this.sheet, x * from, y * from, span * from, span * from, 0, 0, side, side);
    context.strokeStyle = COLOURS[state];
    context.lineWidth = 2;
    context.strokeRect((left - x) * to - 1, (top - y) * to - 1, (right - left) * to + 2, (bottom - top) * to + 2);
  }
}
