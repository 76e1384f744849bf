/* What a button opens and is fetched then: a look inside the network, "Can you fool it?", and other networks' readings. */
import { later } from '../static/later.js';
import { role } from '../static/shared.js';

const NOTHING = 'Draw a digit, and its way through the network appears here.';
const secondBest = ({ probabilities: p, label }) => [...p.keys()].filter((digit) => digit !== label).reduce((a, b) => (p[b] > p[a] ? b : a));

/** The module of something that a button opens; trouble is told in `note` until it comes. */
async function opened(name, button, note) {
  button.disabled = true;
  const module = await later(name, (trouble) => { note.textContent = trouble; });
  button.disabled = false;
  note.textContent = '';
  return module;
}

export class Extras {
  /** clear() empties the pad, fit() is called when its size may be another, correct() opens "Wrong?". */
  constructor(root, { clear, fit, correct }) {
    Object.assign(this, { root, clear, fit, correct, reading: { text: '', digits: [] }, selected: 0 });
    this.inside = this.play = this.others = null; // while they are open
    role('look').onclick = () => this.#openInside();
    role('fool').onclick = () => this.#openPlay();
    role('compare').onclick = () => this.#toggleCompare();
    role('compare').hidden = !settings.others;
  }

  /** What is open follows the reading {text, digits} and the number of the digit that is selected. */
  render(reading, selected) {
    Object.assign(this, { reading, selected });
    const digit = reading.digits[selected];
    this.inside?.show(digit ? { request: { pixels: digit.pixels }, picture: digit.pixels, label: digit.label, rival: secondBest(digit) } : null);
    this.play?.follow(reading.text, reading.digits.length > 0);
    this.others?.show(reading.digits);
  }

  #again() {
    this.render(this.reading, this.selected);
  }

  async #openInside() {
    const { Inside } = await opened('inside', role('look'), role('look-note'));
    role('inside').hidden = false;
    this.root.classList.add('looking');
    this.inside = new Inside(role('inside'), server.look_inside, { onClose: () => this.#closeInside(), empty: NOTHING });
    this.#again();
    role('in-close').focus({ preventScroll: true });
  }

  #closeInside() {
    this.inside = null;
    this.root.classList.remove('looking');
    role('inside').hidden = true;
    role('inside').replaceChildren();
    this.fit();
    role('look').focus();
  }

  async #openPlay() {
    const { Play } = await opened('play', role('fool'), role('fool-note'));
    this.#playing(true);
    const { clear, correct } = this;
    this.play = new Play(role('play'), { clear, correct, keeps: () => !role('wrong').hidden, onClose: () => this.#closePlay() });
    role('play').scrollIntoView({ block: 'nearest' });
  }

  #closePlay() {
    this.play = null;
    this.#playing(false);
    role('fool').focus();
  }

  #playing(on) {
    role('play').hidden = !on;
    role('fool').hidden = on;
    role('play').parentNode.classList.toggle('playing', on);
  }

  async #toggleCompare() {
    const { Compare } = await opened('compare', role('compare'), role('look-note'));
    this.others = this.others ? null : new Compare(role('others'), server.compare);
    role('others').hidden = !this.others;
    role('compare').setAttribute('aria-pressed', String(Boolean(this.others)));
    this.#again();
  }
}
