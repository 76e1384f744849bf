/* The ink: what is on the pad, as vectors with undo and redo. One entry of the history is one thing to undo. */
import { make } from '../static/shared.js';

export class Ink {
  constructor(key) {
    this.key = key;
    this.steps = []; // {stroke} adds one, {page: {strokes, picture}} replaces everything
    this.done = 0;
    this.live = []; // strokes on their way: the pen is down, or an example is being written
    try {
      const saved = JSON.parse(sessionStorage.getItem(key));
      if (Array.isArray(saved?.steps)) [this.steps, this.done] = [saved.steps, saved.done];
    } catch { /* nothing saved, or not allowed to look */ }
  }

  add(step) {
    this.steps.length = this.done;
    this.steps.push(step);
    if (this.steps.length > 400) this.steps = [{ page: this.page(this.steps.length - 200) }, ...this.steps.slice(-200)];
    this.done = this.steps.length;
    this.save();
  }

  move(by) {
    const to = Math.min(Math.max(this.done + by, 0), this.steps.length);
    if (to === this.done) return false;
    this.done = to;
    this.save();
    return true;
  }

  /** What is on the paper after the first `count` steps. */
  page(count = this.done) {
    let page = { strokes: [], picture: null };
    for (const step of this.steps.slice(0, count)) {
      if (step.page) page = { strokes: [...step.page.strokes], picture: step.page.picture ?? null };
      else page.strokes.push(step.stroke);
    }
    page.strokes.push(...this.live.filter((stroke) => stroke.points.length));
    return page;
  }

  get empty() {
    const { strokes, picture } = this.page();
    return !picture && !strokes.some((stroke) => !stroke.erase);
  }

  save() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ steps: this.steps, done: this.done }));
    } catch { /* full or not allowed: the ink lives on in this page */ }
  }
}

/** Draws strokes in pad units on a context that is scaled to them. */
export function drawStrokes(context, strokes) {
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

const samples = new Map();

/** Draws a 28×28 sample (base64, ink bright) in the middle of the pad. */
export function drawSample(context, picture) {
  if (!samples.has(picture)) {
    const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
    const small = make('canvas', { width: 28, height: 28 });
    const data = new ImageData(28, 28);
    bytes.forEach((byte, i) => data.data.set([17, 17, 17, byte], 4 * i));
    small.getContext('2d').putImageData(data, 0, 0);
    samples.set(picture, small);
  }
  const { width, height, picture: side } = settings;
  context.imageSmoothingQuality = 'high';
  context.drawImage(samples.get(picture), (width - side) / 2, (height - side) / 2, side, side);
}
