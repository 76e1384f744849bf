/* What the networks of other runs make of the same drawing, in a row under the answer. */
import { ask } from '../static/ask.js';
import { make, percent, role } from '../static/shared.js';

/** One network of the row: its digits, those that differ from ours marked, and how sure it is of the least sure one. */
export function card({ name, labels, confidences }, digits) {
  const figures = labels.map((label, index) => make('i', { class: label === digits[index].label ? 'same' : 'other' }, String(label)));
  const least = `${labels.length > 1 ? 'from ' : ''}${percent(Math.min(...confidences))}`;
  return make('li', {}, make('b', {}, ...figures), make('span', { class: 'caption' }, `${name} · ${least}`));
}

export class Compare {
  /** Fills `holder`. compare(request) asks the server. */
  constructor(holder, compare) {
    holder.innerHTML = html;
    Object.assign(this, { holder, compare, digits: null, asking: false });
  }

  /** Shows what the others read of these digits; while a request is on its way only the newest waits. */
  async show(digits) {
    if (digits === this.digits) return;
    this.digits = digits;
    if (this.asking) return;
    this.asking = true;
    let done;
    while (done !== this.digits) {
      done = this.digits;
      await this.#answer(done);
    }
    this.asking = false;
  }

  async #answer(digits) {
    const say = (sentence) => { role('others-note', this.holder).textContent = sentence ?? ''; };
    const list = role('others-list', this.holder);
    const wanted = () => this.digits === digits;
    const pixels = digits.map((digit) => digit.pixels);
    const answer = digits.length ? await ask(() => this.compare({ pixels }), { wanted, onTrouble: say }) : { networks: [] };
    if (!answer) return;
    say(answer.message ?? (digits.length ? '' : 'Draw a digit, and what they read appears here.'));
    list.replaceChildren(...(answer.networks ?? []).map((network) => card(network, digits)));
    this.holder.dataset.shown = digits.map(({ label }) => label).join('');
  }
}
