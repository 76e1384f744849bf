/* The Mistakes tab: confusion matrix, filters, a paged grid of samples and one sample at a time. */
import { ask } from '../static/ask.js';
import { later } from '../static/later.js';
import { bars, copy, make, openTab, percent, role, show } from '../static/shared.js';

const root = element.querySelector('.page');
const DIGITS = [...Array(10).keys()];
const state = { kind: 'misread', true: null, predicted: null, sort: 'confidence', page: 0, shown: [], open: null };
const heats = new Map(); // sample number -> {true, rival}, data URLs
const dialog = role('dialog');
let data = null; // the server's answer
let atlases = null; // {samples, neighbours}: images
let inside = null; // "Look inside", while it is open
const showBars = bars(role('bars'));

const thousands = (n) => n.toLocaleString('en');
const sure = (share) => (share >= 0.9995 ? 'over 99.9%' : percent(share));
const name = (digit) => `“${digit}”`;
const escaped = (sample) => sample.true === sample.predicted;

/* ---- pictures ---- */
async function load(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

/** Copies a 28×28 tile of an atlas, dark ink on white, onto a canvas of that size. */
function paint(canvas, atlas, number) {
  const [x, y] = [number % data.columns, Math.floor(number / data.columns)];
  canvas.getContext('2d', { willReadFrequently: true }).drawImage(atlas, 28 * x, 28 * y, 28, 28, 0, 0, 28, 28);
  return canvas;
}

const tile = (atlas, number) => paint(make('canvas', { class: 'crisp', width: 28, height: 28, 'aria-hidden': 'true' }), atlas, number);

/* ---- the matrix ---- */
function cell(written, read) {
  const count = data.confusion[written][read];
  if (written === read) return make('td', { class: 'right' }, thousands(count));
  if (!count) return make('td', { class: 'none' });
  const button = make('button', {
    type: 'button', 'data-cell': `${written}-${read}`, 'aria-label': `${count} of ${name(written)} read as ${name(read)}`,
    title: `${name(written)} read as ${name(read)}: ${count}`, onclick: () => toggle({ true: written, predicted: read }),
  }, String(count));
  button.style.setProperty('--share', (Math.sqrt(count / data.most)).toFixed(3));
  return make('td', {}, button);
}

function heading(which, digit) {
  const label = which === 'true' ? `${digit}: all samples of it that were misread` : `${digit}: all samples wrongly read as it`;
  const other = which === 'true' ? 'predicted' : 'true';
  const button = make('button', {
    type: 'button', [`data-${which}`]: digit, 'aria-label': label, onclick: () => toggle({ [which]: digit, [other]: null }),
  }, String(digit));
  return make('th', { scope: which === 'true' ? 'row' : 'col' }, button);
}

function buildMatrix() {
  const head = make('tr', {}, make('td', { class: 'corner' }), ...DIGITS.map((digit) => heading('predicted', digit)));
  const rows = DIGITS.map((digit) => make('tr', {}, heading('true', digit), ...DIGITS.map((read) => cell(digit, read))));
  role('matrix').replaceChildren(make('thead', {}, head), make('tbody', {}, ...rows));
}

function markMatrix() {
  for (const button of role('matrix').querySelectorAll('button')) {
    const { cell: pair, true: written, predicted } = button.dataset;
    const is = (digit, chosen) => digit !== undefined && Number(digit) === chosen;
    const pressed = pair ? pair === `${state.true}-${state.predicted}` : is(written, state.true) || is(predicted, state.predicted);
    button.setAttribute('aria-pressed', String(pressed));
  }
}

/* ---- filters ---- */
/** A second click on what is chosen takes it back. */
function toggle(filter) {
  const same = Object.keys(filter).every((key) => state[key] === filter[key]);
  choose(same ? { true: null, predicted: null } : filter);
}

function choose(filter) {
  Object.assign(state, filter, { page: 0 });
  refresh();
}

function refresh() {
  const escapes = state.kind === 'escapes';
  const keys = {
    confidence: (s) => (escapes ? s.p[s.predicted] : -s.p[s.predicted]),
    true: (s) => -s.p[s.true],
    row: (s) => s.row,
  };
  const key = keys[state.sort];
  const fits = (digit, chosen) => chosen === null || digit === chosen;
  state.shown = data.samples
    .filter((s) => escaped(s) === escapes && fits(s.true, state.true) && fits(s.rival, state.predicted))
    .sort((a, b) => key(a) - key(b) || a.row - b.row);
  for (const which of ['true', 'predicted']) role(which).value = state[which] ?? '';
  role('sort').value = state.sort;
  role('kind').value = state.kind;
  role('sort').options[0].text = escapes ? 'how narrowly it was read right' : 'how sure it was, though wrong';
  role('predicted-name').textContent = escapes ? 'Nearly read as' : 'Read as';
  role('predicted').setAttribute('aria-label', role('predicted-name').textContent);
  role('reset').hidden = state.true === null && state.predicted === null;
  role('count').textContent = sentence();
  root.dataset.count = state.shown.length;
  markMatrix();
  showPage();
  remember();
}

/** "3 of 60 narrow escapes: 4 read right, but nearly as 9". */
function escapesSentence() {
  const { true: written, predicted: rival, shown } = state;
  const all = data.samples.filter(escaped).length;
  if (written === null && rival === null) return `${thousands(all)} narrow escapes: samples read right, but least surely`;
  const what = `${written === null ? 'samples' : `samples of ${name(written)}`} ${rival === null ? 'read right, but least surely' : `nearly read as ${name(rival)}`}`;
  return `${thousands(shown.length)} of ${thousands(all)} narrow escapes: ${what}`;
}

/** "29 of 4,200 validation samples were misread, 0.69%", for the filters as they are. */
function sentence() {
  if (state.kind === 'escapes') return escapesSentence();
  const { true: written, predicted: read } = state;
  const n = state.shown.length;
  const sum = (counts) => counts.reduce((a, b) => a + b, 0);
  const all = written !== null ? sum(data.confusion[written]) : sum(data.confusion.map((row) => (read === null ? sum(row) : row[read])));
  const share = all ? `, ${((100 * n) / all).toFixed(2)}%` : '';
  if (written === null && read === null) {
    return all && !n ? `All ${thousands(all)} validation samples were read right` : `${thousands(n)} of ${thousands(all)} validation samples were misread${share}`;
  }
  if (written === null) return `${thousands(n)} of ${thousands(all)} readings as ${name(read)} were wrong${share}`;
  if (read === null) return `${thousands(n)} of ${thousands(all)} samples of ${name(written)} were misread${share}`;
  if (read === written) return `${thousands(data.confusion[read][read])} of ${thousands(all)} samples of ${name(read)} were read right; only misread ones are kept`;
  return `${thousands(n)} of ${thousands(all)} samples of ${name(written)} were read as ${name(read)}${share}`;
}

/* ---- the grid ---- */
function showPage() {
  const first = state.page * settings.page;
  const some = state.shown.slice(first, first + settings.page);
  role('tiles').replaceChildren(...some.map((sample, index) => {
    const caption = `${escaped(sample) ? `${sample.true}, not ${sample.rival}` : `${sample.true} → ${sample.predicted}`} · ${sure(sample.p[sample.predicted])}`;
    const button = make('button', {
      type: 'button', class: 'm-tile', tabindex: index ? -1 : 0, 'data-row': sample.row, 'data-doubtful': sample.doubtful,
      'aria-label': `${caption}, row ${sample.row}${sample.doubtful ? ', label doubtful' : ''}`,
      onclick: () => open(first + index),
    }, tile(atlases.samples, sample.number), make('span', {}, caption));
    return button;
  }));
  const count = state.shown.length;
  role('pages').hidden = count <= settings.page;
  role('range').textContent = `${thousands(first + 1)}–${thousands(first + some.length)} of ${thousands(count)}`;
  role('earlier').disabled = !first;
  role('later').disabled = first + some.length >= count;
}

function turn(by) {
  state.page += by;
  showPage();
  role('count').scrollIntoView({ block: 'nearest' });
}

/** Puts the focus on a sample of the filtered list, on whatever page it is. */
function focus(index) {
  const page = Math.floor(index / settings.page);
  if (page !== state.page) {
    state.page = page;
    showPage();
  }
  const tiles = [...role('tiles').children];
  tiles.forEach((each, place) => (each.tabIndex = place === index % settings.page ? 0 : -1));
  tiles[index % settings.page].focus();
}

role('tiles').addEventListener('keydown', (event) => {
  const tiles = [...role('tiles').children];
  const columns = tiles.filter((each) => each.offsetTop === tiles[0]?.offsetTop).length;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -Infinity, End: Infinity };
  const here = tiles.indexOf(event.target.closest('.m-tile'));
  if (here < 0 || !(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const wanted = state.page * settings.page + here + steps[event.key];
  const last = state.shown.length - 1;
  if (Math.abs(steps[event.key]) === columns && columns > 1 && (wanted < 0 || wanted > last)) return;
  focus(Math.min(Math.max(wanted, 0), last));
});

/* ---- one sample ---- */
function open(index) {
  state.open = index;
  if (!dialog.open) dialog.showModal();
  render();
}

function render() {
  const sample = state.shown[state.open];
  const { true: written, predicted: read, rival, p } = sample;
  role('title').textContent = escaped(sample)
    ? `${written} read right, ${sure(p[read])} sure; nearly read as ${rival}`
    : `${written} read as ${read}, ${sure(p[read])} sure`;
  paint(role('large'), atlases.samples, sample.number);
  role('large').setAttribute('aria-label', `Sample of ${name(written)}, 28 by 28 pixels`);
  role('row').textContent = `Row ${thousands(sample.row)} of the CSV, counted from 0`;
  role('fold').textContent = `${escaped(sample) ? 'Read' : 'Misread'} by the network of fold ${sample.fold + 1}, which had not seen it`;
  role('fold').hidden = sample.fold === null;
  role('was-read').hidden = escaped(sample);
  showBars(p, 'unsure');
  [...role('bars').children].forEach((bar, digit) => bar.classList.toggle('written', digit === written));
  role('doubt').hidden = !sample.doubtful;
  role('before').disabled = !state.open;
  role('after').disabled = state.open === state.shown.length - 1;
  role('near').replaceChildren(...[[written, sample.likeTrue], [rival, sample.likeRival]].map(([digit, near]) => group(digit, near)));
  showHeats(sample);
  lookOn();
  dialog.dataset.row = sample.row;
  remember();
}

/** Samples of `digit`, numbers in the atlas of neighbours, nearest first. */
function group(digit, near) {
  const figures = near.map((number) => make('figure', {}, tile(atlases.neighbours, number),
    make('figcaption', {}, `row ${thousands(data.neighbourRows[number])}`)));
  return make('div', {}, make('h4', {}, `of ${name(digit)}`),
    make('div', { class: 'm-three' }, ...(figures.length ? figures : [make('p', { class: 'caption' }, 'none was read right')])));
}

async function showHeats(sample) {
  const rival = escaped(sample) ? `${sample.rival}, the rival` : `${sample.rival}, as read`;
  const parts = [['rival', rival], ['true', `${sample.true}, the true digit`]].map(([which, label]) => {
    const image = make('img', { class: 'heat', alt: '', hidden: true });
    const frame = make('span', { class: 'm-frame' }, tile(atlases.samples, sample.number), image);
    return { which, image, figure: make('figure', { 'data-heat': which }, frame, make('figcaption', {}, label)) };
  });
  role('heats').dataset.state = 'asked';
  role('heats').replaceChildren(...parts.map(({ figure }) => figure));
  const note = (words) => { role('heats-note').textContent = words; };
  note('');
  const wanted = () => dialog.open && state.shown[state.open] === sample;
  const answer = heats.get(sample.number)
    ?? await ask(() => server.explain_mistake({ number: sample.number }), { wanted, onTrouble: note });
  if (!answer || !wanted()) return;
  note(answer.message ?? '');
  if (!answer.message) {
    heats.set(sample.number, answer);
    parts.forEach(({ which, image }) => show(image, answer[which]));
  }
  role('heats').dataset.state = answer.message ? 'failed' : 'shown';
}

/** Shows the sample's way through the network, where that is open: what speaks for the true digit and for the other. */
function lookOn() {
  const sample = state.shown[state.open];
  return inside?.show({ request: { number: sample.number }, picture: role('large').toDataURL(), label: sample.true, rival: sample.rival });
}

async function openInside() {
  const { Inside } = await later('inside', (trouble) => { role('heats-note').textContent = trouble; });
  role('inside').hidden = false;
  inside = new Inside(role('inside'), server.look_inside, { onClose: closeInside });
  await lookOn();
  role('inside').scrollIntoView({ block: 'start' });
}

function closeInside() {
  inside = null;
  role('inside').hidden = true;
  role('look').focus();
}

function step(by) {
  const wanted = state.open + by;
  if (wanted < 0 || wanted >= state.shown.length) return;
  state.open = wanted;
  render();
}

/** Hands the 28×28 bytes, ink bright on 0, to the pad of the Draw tab. */
function toPad() {
  const { data: values } = role('large').getContext('2d').getImageData(0, 0, 28, 28);
  const bytes = Array.from({ length: 784 }, (_, i) => String.fromCharCode(255 - values[4 * i]));
  dialog.close();
  openTab('Draw');
  window.dispatchEvent(new CustomEvent('pad:picture', { detail: btoa(bytes.join('')) }));
}

dialog.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  step(by);
});
dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
dialog.addEventListener('close', () => {
  focus(state.open);
  remember();
});
role('before').onclick = () => step(-1);
role('after').onclick = () => step(1);
role('close').onclick = () => dialog.close();
role('try').onclick = toPad;
role('look').onclick = openInside;
role('link').onclick = ({ target }) => copy(location.href, target);

/* ---- addresses: #mistakes/4-9 is a filter, #mistakes/escapes/any-9 another, #mistakes/4-9/row-394 a sample ---- */
const words = (digit) => digit ?? 'any';
const digitOf = (word) => (word === 'any' ? null : Number(word));

/** Writes what is shown into the address of the page, while the tab is seen. */
function remember() {
  if (!data || !root.offsetParent) return;
  const { kind, true: written, predicted } = state;
  const parts = [
    kind === 'escapes' && 'escapes',
    (written !== null || predicted !== null) && `${words(written)}-${words(predicted)}`,
    dialog.open && `row-${state.shown[state.open].row}`,
  ];
  history.replaceState(history.state, '', ['#mistakes', ...parts.filter(Boolean)].join('/'));
}

/** Shows what an address names; what is none is left out. */
function goTo(address) {
  const parts = address.split('/').slice(1);
  const [, written = 'any', predicted = 'any'] = parts.map((part) => part.match(/^(\d|any)-(\d|any)$/)).find(Boolean) ?? [];
  const row = Number(parts.find((part) => /^row-\d+$/.test(part))?.slice(4) ?? -1);
  const sample = data.samples.find((one) => one.row === row);
  const filter = { kind: parts.includes('escapes') ? 'escapes' : 'misread', true: digitOf(written), predicted: digitOf(predicted) };
  if (dialog.open) dialog.close();
  choose(filter);
  if (!sample) return;
  if (!state.shown.includes(sample)) choose({ kind: escaped(sample) ? 'escapes' : 'misread', true: null, predicted: null });
  open(state.shown.indexOf(sample));
}

/* ---- start ---- */
const arrival = location.hash;
for (const [which, all] of [['true', 'any'], ['predicted', 'any']]) {
  role(which).append(make('option', { value: '' }, all), ...DIGITS.map((digit) => make('option', { value: digit }, String(digit))));
  role(which).onchange = ({ target }) => choose({ [which]: target.value === '' ? null : Number(target.value) });
}
role('kind').onchange = ({ target }) => choose({ kind: target.value });
role('sort').onchange = ({ target }) => choose({ sort: target.value });
role('reset').onclick = () => choose({ true: null, predicted: null });
role('earlier').onclick = () => turn(-1);
role('later').onclick = () => turn(1);

async function start() {
  const say = (words) => { role('count').textContent = words; };
  const answer = await ask(() => server.mistakes({}), { onTrouble: say });
  if (answer.message) {
    say(answer.message);
    root.classList.add('without');
    root.dataset.ready = 'true';
    return;
  }
  answer.samples.forEach((sample, number) => (sample.number = number));
  answer.most = Math.max(1, ...answer.confusion.flatMap((row, written) => row.filter((_, read) => read !== written)));
  atlases = { samples: await load(answer.atlas), neighbours: await load(answer.neighbours) };
  data = answer;
  role('kinds').hidden = !data.samples.some(escaped);
  buildMatrix();
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
