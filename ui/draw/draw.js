/* The Draw tab: a pad that is read while the pen moves. What is on it, what it says and who asks the server are
   classes of their own; here they are put together. */
import { ask, LOST } from '../static/ask.js';
import { copy, role } from '../static/shared.js';
import { Answer } from './answer.js';
import { Examples } from './examples.js';
import { Extras } from './extras.js';
import { Ink } from './ink.js';
import { Paper, printable } from './paper.js';
import { Pen } from './pen.js';
import { Requests } from './requests.js';
import { WrongPanel } from './wrong.js';

const root = element.querySelector('.page');
const surface = role('surface');
const ink = new Ink('digit-pad', sessionStorage);
const paper = new Paper(role('ink'), role('marks'));
const now = {
  reading: { text: '', digits: [] }, // the newest answer
  selected: 0, // which of its digits the bars show
  explaining: false, // "Why?" is pressed
  heat: null, // and its answer: {image, source, inked, box}
};

const isFull = () => ink.page().strokes.length >= settings.mostStrokes;

function say(sentence) {
  role('note').textContent = sentence ?? '';
  role('note').hidden = !sentence;
}

/* ---- what is seen ---- */
const answer = new Answer(root, paper, select);
const wrong = new WrongPanel(() => ({ digits: now.reading.digits, selected: now.selected }), select);
const extras = new Extras(root, { clear, fit, correct: () => wrong.open() });

function mark() {
  surface.classList.toggle('keys-in-use', Boolean(pen.cursor));
  paper.mark({ digits: now.reading.digits, selected: now.selected, heat: now.heat, cursor: pen.cursor && { ...pen.cursor, width: pen.width } });
}

function paint() {
  const page = ink.page();
  paper.paint(page);
  role('hint').hidden = !ink.empty || page.strokes.length > 0;
}

function render() {
  answer.render(now.reading, { ...now, padIsEmpty: ink.empty });
  wrong.offer();
  mark();
  extras.render(now.reading, now.selected);
}

function select(index) {
  now.selected = index;
  now.heat = null;
  render();
  if (now.explaining) explain();
}

/* ---- asking ---- */
const requests = new Requests({
  read: () => (ink.empty ? { text: '', digits: [] } : server.read_pad(ink.page())),
  show: (reading, version) => {
    root.dataset.version = version;
    accept(reading);
    root.dataset.settled = String(requests.settled);
  },
  drawing: () => ink.moving,
  onTrouble: (sentence) => say(sentence === LOST ? `${LOST} Your drawing is kept.` : sentence),
  patience: settings.patience,
});

/** The ink is another: it is painted, and read. */
function changed() {
  root.dataset.settled = 'false';
  now.heat = null;
  wrong.close();
  paint();
  if (ink.empty) choose(false);
  role('eraser').disabled = role('clear').disabled = ink.empty;
  role('undo').disabled = ink.done === 0;
  role('redo').disabled = ink.done === ink.steps.length;
  requests.changed();
}

function accept({ message, text = '', digits = [] }) {
  say(message ?? (isFull() ? 'The pad is full. Clear it, or undo some strokes.' : null));
  const before = now.reading.digits.length;
  now.reading = { text, digits };
  if (now.selected >= digits.length || digits.length !== before) now.selected = Math.max(0, digits.length - 1);
  render();
  if (now.explaining && !ink.moving) explain();
}

async function explain() {
  const { version } = requests;
  const digit = now.reading.digits[now.selected];
  if (!digit) return;
  const wanted = () => now.explaining && version === requests.version && digit === now.reading.digits[now.selected];
  const map = await ask(() => server.explain({ pixels: digit.pixels, label: digit.label }), { wanted });
  if (!map) return;
  if (map.message) return say(map.message);
  const image = new Image();
  image.src = map.heat;
  await image.decode();
  now.heat = { image, source: map.heat, inked: map.inked, box: digit.box };
  root.dataset.why = 'shown';
  render();
}

function toggleWhy() {
  now.explaining = !now.explaining;
  role('why').setAttribute('aria-pressed', String(now.explaining));
  now.heat = null;
  root.dataset.why = '';
  if (now.explaining) explain();
  render();
}

/* ---- drawing ---- */
const pen = new Pen(surface, role('ink'), (event) => paper.place(event), {
  begin: (stroke) => {
    examples.stop();
    ink.live = [stroke];
    changed();
    mark();
  },
  grow: changed,
  finish: (stroke) => {
    ink.live = [];
    if (!isFull()) ink.add({ stroke });
    changed();
    if (stroke.erase && paper.blank) choose(false);
  },
  drop: () => {
    ink.live = [];
    changed();
  },
  move: (sentence) => {
    role('spoken').textContent = sentence;
    mark();
  },
});
const examples = new Examples(ink, { width: () => pen.width, changed, say });

/* ---- tools ---- */
function travel(by) {
  examples.stop();
  pen.lift();
  if (ink.move(by)) changed();
}

function clear() {
  examples.stop();
  pen.lift();
  if (ink.empty) return;
  ink.replace([]);
  changed();
}

function choose(erase) {
  pen.erase = erase;
  role('pen').setAttribute('aria-pressed', String(!erase));
  role('eraser').setAttribute('aria-pressed', String(erase));
  surface.classList.toggle('erasing', erase);
}

const TEXT_FIELDS = 'textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio], [type=button])';

/** Undo, redo and clear are heard wherever this tab is open, as long as nobody types. */
function onKey(event) {
  if (!root.offsetParent || event.target.closest?.(TEXT_FIELDS)) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  if (command && key === 'z') travel(event.shiftKey ? 1 : -1);
  else if (command && key === 'y') travel(1);
  else if (!command && !event.altKey && ['delete', 'backspace'].includes(key)) clear();
  else return;
  event.preventDefault();
}

role('pen').onclick = () => choose(false);
role('eraser').onclick = () => choose(true);
role('undo').onclick = () => travel(-1);
role('redo').onclick = () => travel(1);
role('clear').onclick = clear;
role('width').oninput = (event) => { pen.width = Number(event.target.value); };
role('copy').onclick = (event) => copy(now.reading.text, event.target);
role('why').onclick = toggleWhy;
document.addEventListener('keydown', onKey);

/** Another tab puts a 28×28 sample on the pad: base64 of its bytes, ink bright. */
window.addEventListener('pad:picture', ({ detail }) => {
  examples.stop();
  ink.replace([], detail);
  changed();
});

/* ---- the size on the screen ---- */
function fit() {
  if (!paper.fit()) return;
  paint();
  mark();
}

new ResizeObserver(fit).observe(role('ink'));
window.addEventListener('beforeprint', () => role('marks').after(printable(ink.page())));
window.addEventListener('afterprint', () => element.querySelector('.printed')?.remove());
const watchRatio = () => matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', () => { fit(); watchRatio(); }, { once: true });
watchRatio();
render();
fit();
changed();
root.dataset.ready = 'true';
