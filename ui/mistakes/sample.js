/* One sample at a time, in a dialog: what was read, why, what looks like it, and its way through the network. */
import { ask } from '../static/ask.js';
import { later } from '../static/later.js';
import { bars, copy, make, openTab, role, show } from '../static/shared.js';
import { escaped, gallery, name, paint, state, sure, thousands, tile } from './gallery.js';

export class SampleView {
  /** onChange() is called for another sample, and when the dialog closes. */
  constructor(onChange) {
    Object.assign(this, { onChange, dialog: role('dialog'), showBars: bars(role('bars')) });
    this.heats = new Map(); // sample number -> {true, rival}, data URLs
    this.inside = null; // "Look inside", while it is open
    this.dialog.addEventListener('keydown', (event) => this.#key(event));
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.close());
    this.dialog.addEventListener('close', onChange);
    role('before').onclick = () => this.#step(-1);
    role('after').onclick = () => this.#step(1);
    role('close').onclick = () => this.close();
    role('try').onclick = () => this.#toPad();
    role('look').onclick = () => this.#openInside();
    role('link').onclick = ({ target }) => copy(location.href, target);
  }

  /** The sample that is open, or null. */
  get sample() {
    return this.dialog.open ? state.shown[state.open] : null;
  }

  open(index) {
    state.open = index;
    if (!this.dialog.open) this.dialog.showModal();
    this.#render();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  #render() {
    const { sample } = this;
    this.#words(sample);
    this.showBars(sample.p, 'unsure');
    [...role('bars').children].forEach((bar, digit) => bar.classList.toggle('written', digit === sample.true));
    role('before').disabled = !state.open;
    role('after').disabled = state.open === state.shown.length - 1;
    role('near').replaceChildren(...[[sample.true, sample.likeTrue], [sample.rival, sample.likeRival]].map(([digit, near]) => this.#group(digit, near)));
    this.#showHeats(sample);
    this.#lookOn();
    this.dialog.dataset.row = sample.row;
    this.onChange();
  }

  #words(sample) {
    const { true: written, predicted: read, rival, p } = sample;
    const escape = escaped(sample);
    role('title').textContent = escape ? `${written} read right, ${sure(p[read])} sure; nearly read as ${rival}` : `${written} read as ${read}, ${sure(p[read])} sure`;
    paint(role('large'), gallery.atlases.samples, sample.number);
    role('large').setAttribute('aria-label', `Sample of ${name(written)}, 28 by 28 pixels`);
    role('row').textContent = `Row ${thousands(sample.row)} of the CSV, counted from 0`;
    role('fold').textContent = `${escape ? 'Read' : 'Misread'} by the network of fold ${sample.fold + 1}, which had not seen it`;
    role('fold').hidden = sample.fold === null;
    role('was-read').hidden = escape;
    role('doubt').hidden = !sample.doubtful;
  }

  /** Samples of `digit`, numbers in the atlas of neighbours, nearest first. */
  #group(digit, near) {
    const figures = near.map((number) => make('figure', {}, tile(gallery.atlases.neighbours, number),
      make('figcaption', {}, `row ${thousands(gallery.neighbourRows[number])}`)));
    return make('div', {}, make('h4', {}, `of ${name(digit)}`),
      make('div', { class: 'm-three' }, ...(figures.length ? figures : [make('p', { class: 'caption' }, 'none was read right')])));
  }

  async #showHeats(sample) {
    const images = this.#heatFrames(sample);
    const note = (words) => { role('heats-note').textContent = words; };
    note('');
    const wanted = () => this.sample === sample;
    const answer = this.heats.get(sample.number)
      ?? await ask(() => server.explain_mistake({ number: sample.number }), { wanted, onTrouble: note });
    if (!answer || !wanted()) return;
    note(answer.message ?? '');
    if (!answer.message) {
      this.heats.set(sample.number, answer);
      for (const [which, image] of Object.entries(images)) show(image, answer[which]);
    }
    role('heats').dataset.state = answer.message ? 'failed' : 'shown';
  }

  /** The sample twice, and over each an image that is still hidden: {rival, true}. */
  #heatFrames(sample) {
    const labels = { rival: escaped(sample) ? `${sample.rival}, the rival` : `${sample.rival}, as read`, true: `${sample.true}, the true digit` };
    const images = {};
    role('heats').dataset.state = 'asked';
    role('heats').replaceChildren(...Object.entries(labels).map(([which, label]) => {
      images[which] = make('img', { class: 'heat', alt: '', hidden: true });
      const frame = make('span', { class: 'm-frame' }, tile(gallery.atlases.samples, sample.number), images[which]);
      return make('figure', { 'data-heat': which }, frame, make('figcaption', {}, label));
    }));
    return images;
  }

  /** Shows the sample's way through the network, where that is open: what speaks for the true digit and for the other. */
  #lookOn() {
    const { number, true: label, rival } = this.sample;
    return this.inside?.show({ request: { number }, picture: role('large').toDataURL(), label, rival });
  }

  async #openInside() {
    const { Inside } = await later('inside', (trouble) => { role('heats-note').textContent = trouble; });
    if (!this.sample) return;
    role('inside').hidden = false;
    this.inside = new Inside(role('inside'), server.look_inside, { onClose: () => this.#closeInside() });
    await this.#lookOn();
    role('inside').scrollIntoView({ block: 'start' });
  }

  #closeInside() {
    this.inside = null;
    role('inside').hidden = true;
    role('look').focus();
  }

  #step(by) {
    const wanted = state.open + by;
    if (wanted >= 0 && wanted < state.shown.length) this.open(wanted);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.#step(by);
  }

  /** Hands the 28×28 bytes, ink bright on 0, to the pad of the Draw tab. */
  #toPad() {
    const { data } = role('large').getContext('2d').getImageData(0, 0, 28, 28);
    const bytes = Array.from({ length: 784 }, (_, i) => String.fromCharCode(255 - data[4 * i]));
    this.close();
    openTab('Draw');
    window.dispatchEvent(new CustomEvent('pad:picture', { detail: btoa(bytes.join('')) }));
  }
}
