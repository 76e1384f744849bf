/* Look inside: every layer's maps of one digit, as large as there is room, and what speaks for which digit. */
import { ask } from '../static/ask.js';
import { make, role } from '../static/shared.js';
import { decode, frameStrongest, mapCanvas, overlay, paintAll, SIDE, whereabouts } from './maps.js';

const LARGE = 6 * SIDE; // pixels of a large map's canvas
const [FEW, MANY] = [16, 32]; // maps beside each other
const ROOMY = 520; // pixels from which many stand beside each other
const sign = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
const plain = (value) => (value < 0 ? sign(value) : value.toFixed(1));
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const square = () => make('canvas', { width: LARGE, height: LARGE, 'aria-hidden': 'true' });

/** One layer of the list: its strongest maps, all of them, and one large over the ink. */
class LayerView {
  constructor(number, layer) {
    this.chosen = this.pointed = null; // maps; without either the strongest is shown large
    this.layer = layer;
    this.large = square();
    this.caption = make('figcaption', { class: 'caption' });
    this.buttons = layer.strongest.map((_, place) => this.#button(place));
    this.all = make('canvas', { class: 'crisp in-all', tabindex: 0, role: 'application' });
    this.all.addEventListener('pointermove', (event) => this.#point(this.#under(event)));
    this.all.addEventListener('pointerleave', () => this.#point(null));
    this.all.addEventListener('click', (event) => this.choose(this.#under(event)));
    this.all.addEventListener('keydown', (event) => this.#key(event));
    const what = layer.shown === 1 ? `${layer.channels} numbers` : `${layer.channels} maps of ${layer.side} × ${layer.side}`;
    const sees = layer.field < SIDE ? ` A point sees ${layer.field} × ${layer.field} pixels.` : ' A point sees the whole drawing.';
    this.node = make('li', {},
      make('h3', {}, `Layer ${number}: `, make('span', {}, what)),
      make('p', { class: 'caption', title: layer.kind }, layer.words + (layer.shown === 1 ? '' : sees)),
      make('div', { class: 'in-layer' },
        make('figure', { class: 'in-large', hidden: layer.shown === 1 }, this.large, this.caption),
        make('div', { class: 'in-strongest', role: 'group', 'aria-label': `Strongest of layer ${number}` }, ...this.buttons.map(({ node }) => node)),
        this.all));
  }

  #button(place) {
    const canvas = make('canvas', { class: 'crisp', 'aria-hidden': 'true' });
    const name = make('span', {});
    const node = make('button', {
      type: 'button', onclick: () => this.choose(this.layer.strongest[place]),
      onpointerenter: () => this.#point(this.layer.strongest[place]), onpointerleave: () => this.#point(null),
    }, canvas, name);
    return { node, canvas, name };
  }

  /** The map under the pointer, null between and behind them. */
  #under({ offsetX, offsetY }) {
    const unit = this.all.clientWidth / this.all.width;
    const [x, y] = [offsetX, offsetY].map((at) => Math.floor(at / unit / (this.layer.shown + 1)));
    const map = y * this.columns + Math.min(x, this.columns - 1);
    return map < this.layer.channels ? map : null;
  }

  #point(map) {
    if (map === this.pointed) return;
    this.pointed = map;
    this.#showLarge();
  }

  #key(event) {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const map = this.selected + step[0] + step[1] * this.columns;
    if (map >= 0 && map < this.layer.channels) this.choose(map, true);
  }

  /** Keeps a map large while the drawing goes on; a second time lets it go. */
  choose(map, stay = false) {
    this.chosen = map === this.chosen && !stay ? null : map;
    this.pointed = null;
    this.#showLarge();
  }

  get selected() {
    return this.pointed ?? this.chosen ?? this.layer.strongest[0];
  }

  map(number) {
    const size = this.layer.shown ** 2;
    return { ...this.layer, values: this.values.subarray(number * size, (number + 1) * size) };
  }

  /** "7", or "7 for 4" in the last layer, whose maps add to the scores. */
  #short(number) {
    return `${number + 1}${this.layer.votes ? ` for ${this.layer.votes[number]}` : ''}`;
  }

  #name(number) {
    const where = this.layer.shown === 1 ? '' : `, ${whereabouts(this.map(number))}`;
    return `${this.layer.shown === 1 ? 'Number' : 'Map'} ${this.#short(number)}${where}`;
  }

  update(layer, picture) {
    Object.assign(this, { layer, picture, values: decode(layer.values) });
    this.columns = layer.channels > 64 && this.node.clientWidth > ROOMY ? MANY : FEW;
    paintAll(this.all, this.values, layer.shown, this.columns);
    this.buttons.forEach(({ node, canvas, name }, place) => {
      const number = layer.strongest[place];
      mapCanvas(this.map(number).values, layer.shown, canvas);
      name.textContent = this.#short(number);
      node.setAttribute('aria-label', this.#name(number));
      node.title = this.#name(number);
    });
    this.#showLarge();
  }

  #showLarge() {
    const map = this.map(this.selected);
    overlay(this.large, this.picture, map);
    frameStrongest(this.large, map);
    this.caption.textContent = this.#name(this.selected);
    this.all.setAttribute('aria-label', `All ${this.layer.channels}; arrow keys choose one. ${this.#name(this.selected)}`);
    this.node.dataset.map = this.selected;
    this.buttons.forEach(({ node }, place) => node.setAttribute('aria-pressed', String(this.layer.strongest[place] === this.selected)));
  }
}

/** The ten scores, and where on the picture the two digits that are compared have theirs from. */
class ScoresView {
  constructor(within) {
    this.within = within;
    this.figures = [...Array(3)].map(() => ({ canvas: square(), caption: make('figcaption', { class: 'caption' }) }));
    role('in-speaks', within).replaceChildren(...this.figures.map(({ canvas, caption }) => make('figure', {}, canvas, caption)));
    this.buttons = [...Array(10).keys()].map((digit) => make('button', { type: 'button', 'data-digit': digit, onclick: () => this.#compare(digit) }));
    this.trust = make('span', { class: 'caption' });
    role('in-scores', within).replaceChildren(...this.buttons, this.trust);
  }

  #compare(digit) {
    if (digit === this.label) return;
    this.other = digit;
    this.#render();
  }

  update(scores, { picture, label, rival }) {
    if (label !== this.label || rival !== this.rival) this.other = rival;
    Object.assign(this, { scores, picture, label, rival });
    role('in-words', this.within).textContent = scores.words;
    this.#render();
  }

  #render() {
    const { scores: { values, places }, label, other } = this;
    this.buttons.forEach((button, digit) => {
      const heard = (words) => make('span', { class: 'sr' }, words);
      button.replaceChildren(make('b', {}, String(digit)), heard(': score '), plain(values[digit]), heard(digit === label ? '' : `, compare with ${label}`));
      button.className = digit === label ? 'first' : '';
      button.setAttribute('aria-pressed', String(digit === other));
    });
    this.trust.textContent = values.length > 10 ? `is a digit: ${plain(values[10])}` : '';
    const mean = places[0].map((_, place) => places.slice(0, 10).reduce((sum, one) => sum + one[place], 0) / 10);
    const own = (digit) => places[digit].map((value, place) => value - mean[place]);
    const shown = [own(label), own(other), places[label].map((value, place) => value - places[other][place])];
    const most = Math.max(1e-6, ...shown.flat().map(Math.abs));
    const total = (all) => all.reduce((sum, value) => sum + value, 0);
    [`What speaks for ${label}`, `What speaks for ${other}`, `For ${label} rather than ${other}: ${sign(total(shown[2]))}`].forEach((words, number) => {
      const { canvas, caption } = this.figures[number];
      overlay(canvas, this.picture, { ...this.scores, values: shown[number].map((value) => value / most) });
      caption.textContent = words;
    });
    const [between, given] = [values[label] - values[other], total(shown[2])].map((value) => Math.round(10 * value) / 10);
    role('in-sum', this.within).textContent = `The score of ${label} is ${plain(Math.abs(between))} ${between < 0 ? 'below' : 'above'} that of ${other}: `
      + `${sign(given)} from the places of the picture, ${sign(between - given)} that the network adds to every drawing. Press another score to compare with it.`;
  }
}

export class Inside {
  /** Fills `holder`. look(request) asks the server; onClose is called by the button; `empty` is said of nothing. */
  constructor(holder, look, { onClose, empty = '' }) {
    holder.innerHTML = html;
    holder.classList.add('inside');
    Object.assign(this, { holder, look, empty, asking: false, wanted: null, layers: [] });
    this.scores = new ScoresView(holder);
    role('in-close', holder).onclick = onClose;
  }

  #say(sentence) {
    role('in-note', this.holder).textContent = sentence ?? '';
  }

  /** Shows {request, picture (an address), label, rival}, or that there is nothing; while a request is on its way only the newest waits. */
  async show(digit) {
    if (digit && ['picture', 'label', 'rival'].every((name) => digit[name] === this.wanted?.[name])) return;
    this.wanted = digit;
    if (this.asking) return;
    this.asking = true;
    let done;
    while (this.wanted !== done) {
      done = this.wanted;
      if (done) await this.#answer(done);
      else this.#say(this.empty);
    }
    this.asking = false;
  }

  async #answer(digit) {
    const wanted = () => this.wanted === digit;
    const answer = await ask(() => this.look(digit.request), { wanted, onTrouble: (sentence) => this.#say(sentence) });
    if (!answer || answer.message) return this.#say(answer?.message);
    const picture = new Image();
    picture.src = digit.picture;
    await picture.decode();
    this.#say('');
    this.#render(answer, { ...digit, picture });
  }

  #render({ layers, scores }, digit) {
    if (this.layers.length !== layers.length) {
      this.layers = layers.map((layer, number) => new LayerView(number + 1, layer));
      role('in-layers', this.holder).replaceChildren(...this.layers.map(({ node }) => node));
    }
    layers.forEach((layer, number) => this.layers[number].update(layer, digit.picture));
    role('in-start', this.holder).hidden = role('in-end', this.holder).hidden = false;
    role('in-picture', this.holder).src = digit.picture.src;
    this.scores.update(scores, digit);
    this.holder.dataset.shown = `${digit.label}-${digit.rival}`;
  }
}
