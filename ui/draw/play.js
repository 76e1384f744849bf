/* "Can you fool it?": ten digits to draw so oddly that they are misread, though a friend could read them. */
import { copy, role } from '../static/shared.js';

export const PROMPTS = [
  [4, 'a 4 that is open at the top'],
  [7, 'a 7 that is nearly a 1'],
  [2, 'a 2 like a Z'],
  [9, 'a 9 whose loop does not close'],
  [1, 'a 1 with a long flag and a foot'],
  [5, 'a 5 in one stroke, like an S'],
  [0, 'a 0 as narrow as you can'],
  [3, 'a 3 with a flat top'],
  [8, 'an 8 of two circles that only just touch'],
  [6, 'a 6 that leans far over'],
];
const shown = (text) => text.replaceAll('\n', ' ') || 'no digit';

/** What is asked for and what was read of it. */
export class Game {
  constructor() {
    this.number = 0; // of the prompt
    this.results = []; // {digit, read}
  }

  get prompt() {
    const [digit, words] = PROMPTS[this.number];
    return { digit, words };
  }

  get over() {
    return this.number === PROMPTS.length;
  }

  /** Takes the reading's text; says whether it was fooled. */
  record(read) {
    const { digit } = this.prompt;
    this.results.push({ digit, read });
    return read !== String(digit);
  }

  next() {
    this.number += 1;
  }

  /** "I fooled it 1 time in 3: a 7 was read as 1." */
  get line() {
    const fooled = this.results.filter(({ digit, read }) => read !== String(digit));
    const which = fooled.map(({ digit, read }) => `a ${digit} was read as ${shown(read)}`).join(', ').replaceAll('a 8', 'an 8');
    return `I fooled the digit reader ${fooled.length} time${fooled.length === 1 ? '' : 's'} in ${this.results.length}${which ? `: ${which}` : ''}.`;
  }
}

export class Play {
  /** Fills `holder`. clear() empties the pad, correct() opens "Wrong?", keeps() says whether that is offered, onClose() ends it. */
  constructor(holder, { clear, correct, keeps, onClose }) {
    holder.innerHTML = html;
    Object.assign(this, { holder, clear, correct, keeps, game: new Game(), text: '', found: false, told: null });
    this.part('close').onclick = onClose;
    this.part('skip').onclick = () => this.#next();
    this.part('done').onclick = () => (this.game.over ? this.#again() : this.#done());
    this.part('wrong').onclick = () => this.correct();
    this.part('copy').onclick = ({ target }) => copy(`${this.game.line} Can you? ${location.href.split('#')[0]}`, target);
    this.clear();
    this.#render();
  }

  part(name) {
    return role(`play-${name}`, this.holder);
  }

  /** The pad was read: its text, and whether anything is on it. */
  follow(text, found) {
    Object.assign(this, { text, found });
    this.#render();
  }

  #done() {
    if (this.told) return this.#next();
    this.told = { fooled: this.game.record(this.text), read: this.text };
    this.#render();
  }

  #next() {
    this.told = null;
    this.game.next();
    this.clear();
    this.#render();
  }

  #again() {
    this.game = new Game();
    this.clear();
    this.#render();
  }

  #render() {
    const { game, told } = this;
    const say = (title, task, said, button) => Object.entries({ title, task, said, done: button })
      .forEach(([name, words]) => { this.part(name).textContent = words; });
    if (game.over) say('Can you fool it? The result', game.line, 'The network has learnt nothing from it, unless you told it.', 'Play again');
    else {
      const { digit, words } = game.prompt;
      const reads = this.found ? `It reads ${shown(this.text)}.` : 'A friend should still be able to read it.';
      const verdict = told?.fooled ? `You fooled it: it read ${shown(told.read)}.` : `Not fooled: it read ${digit}.`;
      say(`Can you fool it? ${game.number + 1} of ${PROMPTS.length}`, `Draw ${words}.`, told ? verdict : reads, told ? 'Next' : `That is my ${digit}`);
    }
    this.part('done').disabled = !game.over && !told && !this.found;
    this.part('skip').hidden = Boolean(told) || game.over;
    this.part('wrong').hidden = !told?.fooled || !this.keeps();
    this.part('copy').hidden = !game.over || !game.results.length;
  }
}
