/* The Mistakes tab: confusion matrix, filters, a grid of samples and one sample at a time, put together. */
import { ask } from '../static/ask.js';
import { make, role } from '../static/shared.js';
import { fromAddress, toAddress } from './address.js';
import { sentence } from './count.js';
import { DIGITS, escaped, gallery, state, take } from './gallery.js';
import { buildMatrix, markMatrix } from './matrix.js';
import { SampleView } from './sample.js';
import { Tiles } from './tiles.js';

const root = element.querySelector('.page');
const tiles = new Tiles((index) => view.open(index));
const view = new SampleView(() => {
  if (!view.sample) tiles.focus(state.open);
  remember();
});

/** A second click on what is chosen takes it back. */
function toggle(filter) {
  const same = Object.keys(filter).every((key) => state[key] === filter[key]);
  choose(same ? { true: null, predicted: null } : filter);
}

function choose(filter) {
  Object.assign(state, filter, { page: 0 });
  state.shown = fitting();
  showFilters();
  role('count').textContent = sentence();
  root.dataset.count = state.shown.length;
  markMatrix();
  tiles.show();
  remember();
}

/** The samples that fit the filters, sorted. */
function fitting() {
  const escapes = state.kind === 'escapes';
  const keys = {
    confidence: (s) => (escapes ? s.p[s.predicted] : -s.p[s.predicted]),
    true: (s) => -s.p[s.true],
    row: (s) => s.row,
  };
  const key = keys[state.sort];
  const fits = (digit, chosen) => chosen === null || digit === chosen;
  return gallery.samples
    .filter((s) => escaped(s) === escapes && fits(s.true, state.true) && fits(s.rival, state.predicted))
    .sort((a, b) => key(a) - key(b) || a.row - b.row);
}

function showFilters() {
  const escapes = state.kind === 'escapes';
  for (const which of ['true', 'predicted']) role(which).value = state[which] ?? '';
  role('sort').value = state.sort;
  role('kind').value = state.kind;
  role('sort').options[0].text = escapes ? 'how narrowly it was read right' : 'how sure it was, though wrong';
  role('predicted-name').textContent = escapes ? 'Nearly read as' : 'Read as';
  role('predicted').setAttribute('aria-label', role('predicted-name').textContent);
  role('reset').hidden = state.true === null && state.predicted === null;
}

/* ---- addresses ---- */
/** Writes what is shown into the address of the page, while the tab is seen. */
function remember() {
  if (gallery.atlases && root.offsetParent) history.replaceState(history.state, '', toAddress(state, view.sample?.row ?? null));
}

/** Shows what an address names. */
function goTo(address) {
  const { filter, row } = fromAddress(address);
  const sample = gallery.samples.find((one) => one.row === row);
  view.close();
  choose(filter);
  if (!sample) return;
  if (!state.shown.includes(sample)) choose({ kind: escaped(sample) ? 'escapes' : 'misread', true: null, predicted: null });
  view.open(state.shown.indexOf(sample));
}

/* ---- start ---- */
const arrival = location.hash;
for (const which of ['true', 'predicted']) {
  role(which).append(make('option', { value: '' }, 'any'), ...DIGITS.map((digit) => make('option', { value: digit }, String(digit))));
  role(which).onchange = ({ target }) => choose({ [which]: target.value === '' ? null : Number(target.value) });
}
role('kind').onchange = ({ target }) => choose({ kind: target.value });
role('sort').onchange = ({ target }) => choose({ sort: target.value });
role('reset').onclick = () => choose({ true: null, predicted: null });

async function start() {
  const answer = await ask(() => server.mistakes({}), { onTrouble: (words) => { role('count').textContent = words; } });
  if (answer.message) {
    role('count').textContent = answer.message;
    root.classList.add('without');
    root.dataset.ready = 'true';
    return;
  }
  await take(answer);
  role('kinds').hidden = !gallery.samples.some(escaped);
  buildMatrix(toggle);
  goTo(arrival.startsWith('#mistakes') ? arrival : '#mistakes');
  root.dataset.ready = 'true';
  window.addEventListener('hashchange', () => location.hash.startsWith('#mistakes') && goTo(location.hash));
}

/** The samples are asked for when the tab is first seen, so that the pad need not wait for them. */
let asked = false;
new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  if (asked) remember();
  else start();
  asked = true;
}).observe(root);
