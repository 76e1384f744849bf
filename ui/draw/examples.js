/* Example digits that are written on the pad as a hand would; the reading follows them. */
import { ask } from '../static/ask.js';
import { make, role } from '../static/shared.js';

const DURATION = 500; // ms that the writing takes

/** The first `count` points of some strokes. */
export function firstPoints(strokes, count) {
  let left = count;
  return strokes.map((stroke) => {
    const part = { ...stroke, points: stroke.points.slice(0, Math.max(0, left)) };
    left -= stroke.points.length;
    return part;
  }).filter(({ points }) => points.length);
}

export class Examples {
  /** `width()` is that of the pen; changed() is called as the ink changes, say(sentence) with trouble. */
  constructor(ink, { width, changed, say }) {
    Object.assign(this, { ink, width, changed, say, asked: 0, frame: 0, finish: null });
    this.numbers = Array(10).fill(0); // of the example of each digit that comes next
    for (let digit = 0; digit < 10; digit++) {
      const attributes = { type: 'button', class: 'key', 'data-digit': digit, 'aria-label': `Show me a ${digit}`, onclick: () => this.show(digit) };
      role('examples').append(make('button', attributes, String(digit)));
    }
  }

  /** An example that is being written is complete at once; one that was asked for does not come. */
  stop() {
    this.asked += 1;
    cancelAnimationFrame(this.frame);
    this.finish?.();
  }

  async show(digit) {
    this.stop();
    const number = this.numbers[digit]++;
    const mine = this.asked;
    const answer = await ask(() => server.example({ digit, number }), { wanted: () => mine === this.asked, onTrouble: this.say });
    if (answer?.message) this.say(answer.message);
    if (answer?.lines) this.#write(answer.lines.map((line) => this.#stroke(line)));
  }

  /** A line in 0..1 of a square as a stroke in the middle of the pad. */
  #stroke(line) {
    const { width, height } = settings;
    const points = line.map(([x, y]) => [width / 2 + (x - 0.5) * height, y * height].map((at) => Math.round(at * 10) / 10));
    return { points, width: this.width(), erase: false };
  }

  #write(strokes) {
    const { ink } = this;
    const total = strokes.reduce((sum, { points }) => sum + points.length, 0);
    const start = performance.now();
    const length = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : DURATION;
    this.finish = () => {
      this.finish = ink.preview = null;
      ink.replace(strokes);
      this.changed();
    };
    const step = (now) => {
      const count = Math.ceil((total * (now - start)) / length);
      if (!(count < total)) return this.finish?.();
      ink.preview = firstPoints(strokes, count);
      this.changed();
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }
}
