/* The gallery as the server gave it, which of its samples are shown, and their pictures. */
import { make, percent } from '../static/shared.js';

export const DIGITS = [...Array(10).keys()];
export const gallery = { samples: [], confusion: [], atlases: null }; // and the rest of the server's answer
export const state = { kind: 'misread', true: null, predicted: null, sort: 'confidence', page: 0, shown: [], open: null };

export const thousands = (n) => n.toLocaleString('en');
export const sure = (share) => (share >= 0.9995 ? 'over 99.9%' : percent(share));
export const name = (digit) => `“${digit}”`;
export const escaped = (sample) => sample.true === sample.predicted;

async function load(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

/** Takes the server's answer and loads its pictures. */
export async function take(answer) {
  answer.samples.forEach((sample, number) => (sample.number = number));
  const most = Math.max(1, ...answer.confusion.flatMap((row, written) => row.filter((_, read) => read !== written)));
  const atlases = { samples: await load(answer.atlas), neighbours: await load(answer.neighbours) };
  Object.assign(gallery, answer, { most, atlases });
}

/** Copies a 28×28 tile of an atlas, dark ink on white, onto a canvas of that size. */
export function paint(canvas, atlas, number) {
  const [x, y] = [number % gallery.columns, Math.floor(number / gallery.columns)];
  canvas.getContext('2d', { willReadFrequently: true }).drawImage(atlas, 28 * x, 28 * y, 28, 28, 0, 0, 28, 28);
  return canvas;
}

/** A canvas with a tile of an atlas. */
export function tile(atlas, number) {
  return paint(make('canvas', { class: 'crisp', width: 28, height: 28, 'aria-hidden': 'true' }), atlas, number);
}
