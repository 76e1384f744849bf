/* The Photo tab's result: boxes on the picture, details on demand, corrections, text, table. */
import { fixes, keep, keepsCorrections, spoken } from '../static/fix.js';
import { about, bars, candidates, copy, make, percent, role, show } from '../static/shared.js';

const root = element.querySelector('.page');
let result = null; // {picture, width, height, digits}; after a correction a digit has `by`: "corrected" or "confirmed"
let chosen = -1; // the digit that was clicked
let pointed = -1; // the digit under the pointer: shown while it is there
let fresh = true; // an answer came since the last request
const narrow = matchMedia('(max-width: 760px)'); // there the detail lies over the picture, so it waits for a tap
const showBars = bars(role('bars'), (label) => correct(label));

const counts = (digit) => digit.state !== 'no';
const doubtful = (digit) => digit.state === 'unsure' && !digit.by;
const certainty = (digit) => digit.by ?? percent(digit.p[digit.label]);
const many = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
const boxes = () => [...role('stage').querySelectorAll('.box')];

function accept(answer) {
  if (!answer) return;
  fresh = true;
  root.dataset.busy = 'false';
  if (answer.message) {
    say(answer.message);
    return;
  }
  result = { ...answer, digits: answer.digits.map((digit) => ({ ...digit, read: digit.label, found: digit.state })) };
  pointed = -1;
  chosen = narrow.matches ? -1 : result.digits.findIndex(doubtful);
  if (chosen < 0 && !narrow.matches) chosen = result.digits.findIndex(counts);
  role('found').hidden = false;
  role('picture').src = result.picture;
  role('stage').style.setProperty('--ratio', result.width / result.height);
  boxes().forEach((node) => node.remove());
  role('stage').append(...result.digits.map(box));
  refresh();
  keepsCorrections().then(() => detail());
  if (narrow.matches && root.offsetParent) root.scrollIntoView();
}

function say(text) {
  role('status').textContent = text;
}

function box(digit, index) {
  const [left, top, right, bottom] = digit.box;
  const node = make('button', { type: 'button', class: 'box', 'data-index': index }, make('span', {}));
  const share = (value, whole) => `${((100 * value) / whole).toFixed(3)}%`;
  Object.assign(node.style, {
    left: share(left, result.width), top: share(top, result.height),
    width: share(right - left, result.width), height: share(bottom - top, result.height),
  });
  node.style.setProperty('--size', ((100 * Math.max(bottom - top, right - left)) / result.width).toFixed(2));
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
  if (!found.length) return left ? `No digits found; ${left}.` : 'No digits found. Try more light, or go nearer.';
  const unsure = found.filter(doubtful).length;
  return [`${many(found.length, 'digit')} in ${many(rows().length, 'row')}`, unsure && `${unsure} not sure`, left].filter(Boolean).join(', ') + '.';
}

/** What the colours say that are on the picture now. */
function legend(digits) {
  const kinds = { sure: 'sure', unsure: 'not sure', by: 'corrected or confirmed', no: 'left out' };
  const there = new Set(digits.map((digit) => (digit.by && counts(digit) ? 'by' : digit.state)));
  role('legend').replaceChildren(...Object.entries(kinds).filter(([kind]) => there.has(kind)).map(([kind, words]) =>
    make('span', {}, make('i', { class: `key-${kind}` }), words)), make('span', {}, 'Click a digit to see or correct it.'));
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
  showBars(digit.p, digit.found);
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
  role('keep-store').disabled = true;
  const { stored, sentence } = await keep(digit.pixels, label);
  role('keep-store').disabled = false;
  if (label !== asCorrected(digit)) return;
  if (stored) digit.kept = sentence;
  detail();
  if (!stored) role('keep-said').textContent = sentence;
}

function verdict(digit) {
  if (!counts(digit)) return digit.by ? 'taken out by you' : `not a digit: ${percent(digit.isDigit)} like one`;
  if (digit.by) return `${digit.by} by you`;
  return digit.state === 'unsure' ? `not sure: ${candidates(digit.p)}` : `${about(digit.p[digit.label])} sure`;
}

/** Sets the chosen digit's label; null takes it out of the reading. */
function correct(label) {
  const digit = result?.digits[chosen];
  if (!digit) return;
  digit.keeping = digit.kept = null;
  if (label === null) Object.assign(digit, { state: 'no', by: 'corrected' });
  else Object.assign(digit, { label, state: 'sure', by: label === digit.read && digit.found !== 'no' ? 'confirmed' : 'corrected' });
  refresh();
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
    [rows().indexOf(digit.row) + 1, digit.label, digit.by ? '' : digit.p[digit.label].toFixed(4), digit.by ?? '', ...digit.box].join(','));
  return ['row,digit,certainty,checked,left,top,right,bottom', ...lines, ''].join('\n');
}

function download() {
  const link = make('a', { href: URL.createObjectURL(new Blob([csv()], { type: 'text/csv' })), download: 'digits.csv' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function begin() {
  fresh = false;
  root.dataset.busy = 'true';
  say('Reading …');
}

/** A request is over; without an answer it failed, and gradio has said why. */
function end() {
  if (fresh) return;
  fresh = true;
  root.dataset.busy = 'false';
  say(result ? 'That picture was not read; this is the result before it.' : 'That picture was not read. Choose another one.');
}

/** gradio's upload area is called what it says. */
const input = document.getElementById('photo-input');
const call = () => {
  const area = input.querySelector('button[aria-label^="Drop an image"]');
  area?.setAttribute('aria-label', area.innerText.replace(/\s+/g, ' ').trim());
};
if (input) {
  new MutationObserver(call).observe(input, { childList: true, subtree: true });
  call();
}

role('drop').onclick = () => correct(null);
role('keep-ask').onclick = askKeep;
role('keep-store').onclick = storeCorrection;
role('copy').onclick = (event) => copy(text(), event.target);
role('csv').onclick = download;
role('stage').addEventListener('keydown', onKey);
window.addEventListener('photo:busy', begin);
window.addEventListener('photo:idle', () => setTimeout(end, 400)); // gradio hands the answer on a little later
window.addEventListener('photo:result', ({ detail: answer }) => accept(answer));
watch('value', () => accept(props.value));
root.dataset.ready = 'true';
