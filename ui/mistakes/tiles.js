/* The grid of samples, a page of them at a time. */
import { make, role } from '../static/shared.js';
import { escaped, gallery, state, sure, thousands, tile } from './gallery.js';

export class Tiles {
  /** onOpen(index) is called for the sample of the filtered list that is clicked. */
  constructor(onOpen) {
    this.onOpen = onOpen;
    role('tiles').addEventListener('keydown', (event) => this.#key(event));
    role('earlier').onclick = () => this.#turn(-1);
    role('later').onclick = () => this.#turn(1);
  }

  show() {
    const first = state.page * settings.page;
    const some = state.shown.slice(first, first + settings.page);
    role('tiles').replaceChildren(...some.map((sample, place) => this.#tile(sample, first + place)));
    const count = state.shown.length;
    role('pages').hidden = count <= settings.page;
    role('range').textContent = `${thousands(first + 1)}–${thousands(first + some.length)} of ${thousands(count)}`;
    role('earlier').disabled = !first;
    role('later').disabled = first + some.length >= count;
  }

  #tile(sample, index) {
    const caption = `${escaped(sample) ? `${sample.true}, not ${sample.rival}` : `${sample.true} → ${sample.predicted}`} · ${sure(sample.p[sample.predicted])}`;
    return make('button', {
      type: 'button', class: 'm-tile', tabindex: index % settings.page ? -1 : 0, 'data-row': sample.row, 'data-doubtful': sample.doubtful,
      'aria-label': `${caption}, row ${sample.row}${sample.doubtful ? ', label doubtful' : ''}`, onclick: () => this.onOpen(index),
    }, tile(gallery.atlases.samples, sample.number), make('span', {}, caption));
  }

  #turn(by) {
    state.page += by;
    this.show();
    role('count').scrollIntoView({ block: 'nearest' });
  }

  /** Puts the focus on a sample of the filtered list, on whatever page it is. */
  focus(index) {
    const page = Math.floor(index / settings.page);
    if (page !== state.page) {
      state.page = page;
      this.show();
    }
    const tiles = [...role('tiles').children];
    tiles.forEach((each, place) => (each.tabIndex = place === index % settings.page ? 0 : -1));
    tiles[index % settings.page].focus();
  }

  #key(event) {
    const tiles = [...role('tiles').children];
    const columns = tiles.filter((each) => each.offsetTop === tiles[0]?.offsetTop).length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -Infinity, End: Infinity };
    const here = tiles.indexOf(event.target.closest('.m-tile'));
    if (here < 0 || !(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const wanted = state.page * settings.page + here + steps[event.key];
    const last = state.shown.length - 1;
    if (Math.abs(steps[event.key]) === columns && columns > 1 && (wanted < 0 || wanted > last)) return;
    this.focus(Math.min(Math.max(wanted, 0), last));
  }
}
