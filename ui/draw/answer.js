/* The answer beside the pad: the digits in their rows, in words how sure they are, ten bars, and what the network sees. */
import { bars, make, percent, role, show } from '../static/shared.js';
import { verdict } from './verdict.js';

const STEPS = 'Found on the pad, redrawn with one pen width, scaled down and centred.';
const legend = ({ label }) => `<b class="for">Red</b> spoke for ${label}, <b class="against">blue</b> against it: how its score changes when that place is covered.`;

/** Index lists of the digits, a list for each row. */
export function rowsOf(digits) {
  const rows = new Map();
  digits.forEach(({ row }, index) => rows.set(row, [...(rows.get(row) ?? []), index]));
  return [...rows.values()];
}

export class Answer {
  /** onSelect(index) is called when one of several digits is chosen; `paper` is what "found" is cut out of. */
  constructor(root, paper, onSelect) {
    Object.assign(this, { root, paper, onSelect, showBars: bars(role('bars')) });
  }

  /** heat is the answer to "Why?" when there is one; explaining says whether it was asked for. */
  render({ text, digits }, { selected, heat, explaining, padIsEmpty }) {
    const digit = digits[selected];
    const { state, title, sentence } = verdict(digits, padIsEmpty);
    Object.assign(this.root.dataset, { state, answer: text });
    this.#text(digits, selected, title);
    this.#say(title || text.replaceAll('\n', ', '), sentence);
    role('copy').hidden = !text;
    role('why').disabled = !digit;
    role('legend').innerHTML = explaining && digit ? legend(digit) : STEPS;
    this.showBars(digit?.probabilities ?? null, digit?.state);
    this.#steps(digit, heat);
  }

  #text(digits, selected, title) {
    const holder = role('text');
    const several = digits.length > 1 && !title;
    const rows = rowsOf(digits);
    holder.className = `text ${several ? 'many' : ''} ${title ? 'words' : ''}`;
    holder.style.setProperty('--longest', Math.max(1, ...rows.map((row) => row.length)));
    holder.style.setProperty('--rows', Math.max(1, rows.length));
    if (title) holder.replaceChildren(title);
    else if (!several) holder.replaceChildren(String(digits[0].label));
    else holder.replaceChildren(...rows.map((row) => make('span', { class: 'line' }, ...row.map((index) => this.#character(digits[index], index, selected)))));
  }

  #character(digit, index, selected) {
    const refused = digit.state === 'no';
    const name = refused ? 'not a digit' : `${digit.label}, ${percent(digit.probabilities[digit.label])}`;
    return make('button', {
      type: 'button', class: `char ${digit.state}`, 'aria-pressed': String(index === selected), 'aria-label': name, title: name,
      onclick: () => this.onSelect(index),
    }, refused ? '·' : String(digit.label));
  }

  /** The sentence below the digits; a screen reader hears the digits before it, and nothing twice. */
  #say(spoken, sentence) {
    const holder = role('sub');
    if (holder.dataset.said === spoken + sentence) return;
    holder.dataset.said = spoken + sentence;
    holder.replaceChildren(make('span', { class: 'sr' }, `${spoken}: `), sentence);
  }

  #steps(digit, heat) {
    show(role('normalised'), digit?.normalised, digit ? 'The ink redrawn with a pen of one width' : '');
    show(role('pixels'), digit?.pixels, digit ? 'The 28 by 28 pixels that the network gets' : '');
    show(role('heat'), heat?.source);
    const found = role('found');
    if (digit) this.paper.cutOut(digit, found);
    else found.getContext('2d').clearRect(0, 0, found.width, found.height);
  }
}
