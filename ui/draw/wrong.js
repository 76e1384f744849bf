/* "Wrong?": the question what a digit really is, and the storing of the answer. */
import { fixes, keep, keepsCorrections, noDigit, spoken } from '../static/fix.js';
import { make, role } from '../static/shared.js';

export class WrongPanel {
  /** current() gives {digits, selected}; onSelect(index) is called when another digit is asked about. */
  constructor(current, onSelect) {
    Object.assign(this, { current, onSelect });
    this.keys = [...Array(10).keys(), null].map((label) => this.#key(label));
    role('wrong').onclick = () => (role('fix').hidden ? this.open() : this.close());
    role('fix-close').onclick = () => this.close();
    role('fix').addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
  }

  #key(label) {
    const attributes = { type: 'button', class: 'key', 'data-label': label ?? 'none', onclick: () => this.store(label) };
    const key = make('button', attributes, label === null ? noDigit : String(label));
    if (label !== null) key.setAttribute('aria-label', `It is a ${label}`);
    role('fix-keys').append(key);
    return { key, label };
  }

  /** Shows the button where there is something to correct, and the server keeps corrections. */
  async offer() {
    const possible = () => Boolean(fixes.notice && this.current().digits.length);
    role('wrong').hidden = !possible();
    if (!this.current().digits.length || fixes.notice) return;
    await keepsCorrections();
    role('wrong').hidden = !possible();
  }

  open() {
    role('fix').hidden = false;
    role('wrong').setAttribute('aria-expanded', 'true');
    this.question();
    this.keys.find(({ key }) => !key.disabled).key.focus({ preventScroll: true });
    role('fix').scrollIntoView({ block: 'nearest' });
  }

  close() {
    if (role('fix').hidden) return;
    const inside = role('fix').contains(document.activeElement);
    role('fix').hidden = true;
    role('wrong').setAttribute('aria-expanded', 'false');
    if (inside) role('wrong').focus({ preventScroll: true });
  }

  /** The question about the selected digit, and before any answer what answering stores. */
  question() {
    const { digits, selected } = this.current();
    const { state, label } = digits[selected];
    const read = state === 'no' ? null : label;
    role('fix-title').textContent = `${read === null ? 'Read as no digit.' : `Read as ${read}.`} What is it?`;
    role('fix-which').hidden = digits.length < 2;
    role('fix-which').replaceChildren(...digits.map((digit, index) => this.#choice(digit, index, index === selected)));
    for (const { key, label: answer } of this.keys) {
      key.disabled = answer === read && state !== 'unsure';
      key.setAttribute('aria-pressed', 'false');
    }
    this.#tell(fixes.notice, false);
  }

  #choice(digit, index, pressed) {
    const name = `${index + 1}: read as ${digit.state === 'no' ? noDigit : digit.label}`;
    const choose = () => {
      this.onSelect(index);
      this.question();
      role('fix-which').children[index].focus();
    };
    return make('button', {
      type: 'button', class: 'which', title: name, 'aria-label': name, 'aria-pressed': String(pressed), onclick: choose,
    }, make('img', { src: digit.pixels, alt: '', class: 'crisp' }));
  }

  #tell(sentence, stored = false) {
    role('fix-said').textContent = sentence;
    role('fix').dataset.stored = String(stored);
  }

  async store(label) {
    const asked = this.current();
    const digit = asked.digits[asked.selected];
    const wanted = () => {
      const { digits, selected } = this.current();
      return digits[selected] === digit && !role('fix').hidden;
    };
    this.#tell('Storing …');
    const { stored, sentence } = await keep(digit.pixels, label, { wanted, onTrouble: (trouble) => this.#tell(trouble) });
    if (!wanted()) return;
    for (const { key, label: answer } of this.keys) key.setAttribute('aria-pressed', String(stored && answer === label));
    this.#tell(stored ? `${sentence} You say it is ${spoken(label)}; if you press another, that one counts.` : sentence, stored);
  }
}
