/* The Photo tab's result: boxes on the picture, details on demand, corrections that can be undone, text, table. */
import { fixes, keep, keepsCorrections, spoken } from '../static/fix.js';
import { about, bars, candidates, copy, make, percent, role, show } from '../static/shared.js';

const root = element.querySelector('.page');
const REASONS = { touching: 'it touches another mark, so it was left out', 'too faint': 'too faint to be read' };
const narrow = matchMedia('(max-width: 760px)'); // there the detail lies over the picture, so it waits for a tap
let result = null; // {picture, width, height, digits}; after a correction a digit has `by`: "corrected" or "confirmed"
let chosen = -1; // the digit that was clicked
let pointed = -1; // the digit under the pointer: shown while it is there
let [past, future] = [[], []]; // states of all digits, for undo and redo
const showBars = bars(role('bars'), (label) => correct(label));

const counts = (digit) => digit.state !== 'no';
const doubtful = (digit) => digit.state === 'unsure' && !digit.by;
const certainty = (digit) => digit.by ?? percent(digit.probabilities[digit.label]);
const many = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
const boxes = () => [...role('stage').querySelectorAll('.box')];

export function say(text) {
  role('status').textContent = text;
}

export const hasResult = () => result !== null;

/** Shows a new reading. */
export function accept(answer) {
  result = { ...answer, digits: answer.digits.map((digit) => ({ ...digit, read: digit.label, found: digit.state })) };
  [past, future] = [[], []];
  pointed = -1;
  chosen = narrow.matches ? -1 : result.digits.findIndex(doubtful);
  if (chosen < 0 && !narrow.matches) chosen = result.digits.findIndex(counts);
  role('arrival').hidden = true;
  role('sample').replaceChildren();
  role('found').hidden = role('tools').hidden = false;
  role('picture').src = result.picture;
  role('stage').style.setProperty('--ratio', result.width / result.height);
  boxes().forEach((node) => node.remove());
  role('stage').append(...result.digits.map(box));
  refresh();
  keepsCorrections().then(() => detail());
  if (narrow.matches && root.offsetParent) role('status').scrollIntoView();
}

/** A place on a picture of this size, for a box in its pixels. */
export function placed(node, [left, top, right, bottom], { width, height }) {
  const share = (value, whole) => `${((100 * value) / whole).toFixed(3)}%`;
  Object.assign(node.style, {
    left: share(left, width), top: share(top, height), width: share(right - left, width), height: share(bottom - top, height),
  });
  node.style.setProperty('--top', (top / height).toFixed(4));
  node.style.setProperty('--size', ((100 * Math.max(bottom - top, right - left)) / width).toFixed(2));
  return node;
}

function box(digit, index) {
  const node = placed(make('button', { type: 'button', class: 'box', 'data-index': index }, make('span', {})), digit.box, result);
  node.addEventListener('pointerenter', (event) => event.pointerType === 'mouse' && point(index));
  node.addEventListener('pointerleave', () => point(-1));
  for (const event of ['focus', 'click']) node.addEventListener(event, () => choose(index));
  return node;
}

function refresh() {
  const { digits } = result;
  const found = digits.filter(counts);
  root.dataset.state = found.length ? 'read' : 'none';
  root.dataset.answer = text();
  role('reading').hidden = role('listing').hidden = !found.length;
  role('text').textContent = text();
  const nodes = boxes();
  digits.forEach((digit, index) => paint(nodes[index], digit));
  role('rows').replaceChildren(...digits.flatMap((digit, index) => (counts(digit) ? [line(digit, index)] : [])));
  say(summary(found));
  legend(digits);
  detail();
  role('undo').disabled = !past.length;
  role('redo').disabled = !future.length;
}

/** A box as its digit now stands. */
function paint(node, digit) {
  node.className = `box ${digit.by && counts(digit) ? 'by' : digit.state}`;
  node.firstChild.textContent = counts(digit) ? digit.label : '';
  node.setAttribute('aria-label', counts(digit) ? `${digit.label}, ${certainty(digit)}${doubtful(digit) ? ', not sure' : ''}` : 'not a digit');
}

/** The numbers of the rows that hold digits, in order. */
function rows() {
  return [...new Set(result.digits.filter(counts).map((digit) => digit.row))].sort((a, b) => a - b);
}

function text() {
  return rows().map((row) => result.digits.filter((digit) => counts(digit) && digit.row === row).map((digit) => digit.label).join('')).join('\n');
}

function summary(found) {
  const others = result.digits.length - found.length;
  const left = others ? many(others, 'other mark') + ' left out' : '';
  const turned = result.rotation ? ` Read turned by ${result.rotation}°.` : '';
  if (!found.length) return (left ? `No digits found; ${left}. Is the photo on its side?` : 'No digits found. Try better light, move closer, or rotate the photo.') + turned;
  const unsure = found.filter(doubtful).length;
  return [`${many(found.length, 'digit')} in ${many(rows().length, 'row')}`, unsure && `${unsure} not sure`, left].filter(Boolean).join(', ') + '.' + turned;
}

const hint = (digits) => (digits.some(counts) ? 'Click a digit to see or correct it.' : 'Click a mark to say which digit it is.');

/** What the colours say that are on the picture now. */
function legend(digits) {
  const kinds = { sure: 'sure', unsure: 'not sure', by: 'corrected or confirmed', no: 'left out' };
  const there = new Set(digits.map((digit) => (digit.by && counts(digit) ? 'by' : digit.state)));
  role('legend').replaceChildren(...Object.entries(kinds).filter(([kind]) => there.has(kind)).map(([kind, words]) =>
    make('span', {}, make('i', { class: `key-${kind}` }), words)), digits.length ? make('span', {}, hint(digits)) : '');
}

function line(digit, index) {
  const cell = (value) => make('td', {}, String(value));
  const pick = make('button', { type: 'button', class: 'pick', 'aria-label': `${digit.label}: show and correct` }, String(digit.label));
  return make('tr', { class: doubtful(digit) ? 'unsure' : '', 'data-index': index, onclick: () => choose(index) },
    cell(rows().indexOf(digit.row) + 1), make('td', {}, pick), cell(certainty(digit) + (doubtful(digit) ? ' · not sure' : '')),
    cell(digit.box.join(', ')));
}

function point(index) {
  pointed = index;
  detail();
}

function choose(index) {
  chosen = index;
  pointed = -1;
  detail();
}

function detail() {
  const index = pointed >= 0 ? pointed : chosen;
  const digit = result.digits[index];
  boxes().forEach((node, other) => {
    node.classList.toggle('selected', other === index);
    node.tabIndex = other === Math.max(chosen, 0) ? 0 : -1;
  });
  for (const row of role('rows').children) row.classList.toggle('selected', Number(row.dataset.index) === index);
  role('detail').hidden = !digit;
  if (!digit) return;
  show(role('pixels'), digit.pixels, 'The 28 by 28 pixels that the network got');
  role('label').textContent = counts(digit) ? digit.label : '–';
  role('label').dataset.state = digit.by ? 'by' : digit.state;
  role('sure').textContent = verdict(digit);
  role('drop').hidden = !counts(digit);
  showBars(digit.probabilities, digit.found);
  offerKeep(digit);
}

/* ---- storing a correction: correcting stores nothing by itself ---- */
const asRead = (digit) => (digit.found === 'no' ? null : digit.read);
const asCorrected = (digit) => (counts(digit) ? digit.label : null);

function offerKeep(digit) {
  const differs = asCorrected(digit) !== asRead(digit) || digit.found === 'unsure';
  role('keep').hidden = !(fixes.notice && digit.by && differs);
  if (role('keep').hidden) return;
  role('keep-ask').hidden = Boolean(digit.keeping);
  role('keep-ask').setAttribute('aria-expanded', String(Boolean(digit.keeping)));
  role('keep-body').hidden = !digit.keeping;
  role('keep-said').textContent = digit.kept ?? fixes.notice;
  role('keep-store').hidden = Boolean(digit.kept);
  role('keep-store').textContent = `Store: it is ${spoken(asCorrected(digit))}`;
}

function askKeep() {
  result.digits[chosen].keeping = true;
  detail();
  role('keep-store').focus({ preventScroll: true });
  role('keep-store').scrollIntoView({ block: 'nearest', behavior: 'smooth' });
}

async function storeCorrection() {
  const digit = result.digits[chosen];
  const label = asCorrected(digit);
  const wanted = () => label === asCorrected(digit) && result.digits.includes(digit);
  role('keep-store').disabled = true;
  const { stored, sentence } = await keep(digit.pixels, label, { wanted, onTrouble: (words) => { role('keep-said').textContent = words; } });
  role('keep-store').disabled = false;
  if (!wanted()) return;
  if (stored) digit.kept = sentence;
  detail();
  if (!stored) role('keep-said').textContent = sentence;
}

function verdict(digit) {
  if (!counts(digit)) return digit.by ? 'taken out by you' : REASONS[digit.reason] ?? `${percent(1 - digit.is_digit)} sure that this is not a digit`;
  if (digit.by) return `${digit.by} by you`;
  return digit.state === 'unsure' ? `not sure: ${candidates(digit.probabilities)}` : `${about(digit.probabilities[digit.label])} sure`;
}

/** Sets the chosen digit's label; null takes it out of the reading. */
function correct(label) {
  const digit = result?.digits[chosen];
  if (!digit) return;
  past.push(snapshot());
  future = [];
  digit.keeping = digit.kept = null;
  if (label === null) Object.assign(digit, { state: 'no', by: 'corrected' });
  else Object.assign(digit, { label, state: 'sure', by: label === digit.read && digit.found !== 'no' ? 'confirmed' : 'corrected' });
  refresh();
}

const snapshot = () => result.digits.map(({ label, state, by }) => ({ label, state, by }));

/** Undo takes the newest state of `past`, redo that of `future`; the one that was is put on the other. */
function goBack(from, to) {
  if (!from.length) return;
  to.push(snapshot());
  from.pop().forEach((before, index) => {
    const digit = result.digits[index];
    const same = Object.keys(before).every((key) => digit[key] === before[key]);
    if (same) return;
    Object.assign(digit, before, { keeping: null, kept: null });
    chosen = index;
  });
  refresh();
}

/** Ctrl+Z and Ctrl+Y, wherever the tab is seen and no text is being written. */
function onCommand(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !root.offsetParent || !result) return;
  if (event.target.closest?.('input:not([type=file]), textarea, select, dialog')) return;
  const key = event.key.toLowerCase();
  const redo = key === 'y' || (key === 'z' && event.shiftKey);
  if (key !== 'z' && !redo) return;
  event.preventDefault();
  if (redo) goBack(future, past);
  else goBack(past, future);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest('.box')) return;
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step) boxes()[(chosen + step + result.digits.length) % result.digits.length].focus();
  else if (/^[0-9]$/.test(event.key)) correct(Number(event.key));
  else if (event.key === 'Delete' || event.key === 'Backspace') correct(null);
  else return;
  event.preventDefault();
}

function csv() {
  const lines = result.digits.filter(counts).map((digit) =>
    [rows().indexOf(digit.row) + 1, digit.label, digit.by ? '' : digit.probabilities[digit.label].toFixed(4), digit.by ?? '', ...digit.box].join(','));
  return ['row,digit,certainty,checked,left,top,right,bottom', ...lines, ''].join('\n');
}

function download() {
  const link = make('a', { href: URL.createObjectURL(new Blob([csv()], { type: 'text/csv' })), download: 'digits.csv' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

role('drop').onclick = () => correct(null);
role('undo').onclick = () => goBack(past, future);
role('redo').onclick = () => goBack(future, past);
role('keep-ask').onclick = askKeep;
role('keep-store').onclick = storeCorrection;
role('copy').onclick = (event) => copy(text(), event.target);
role('csv').onclick = download;
role('stage').addEventListener('keydown', onKey);
window.addEventListener('keydown', onCommand);
