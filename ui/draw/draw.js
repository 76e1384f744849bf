/* The Draw tab: pen, touch and keyboard on the pad; asks the server to read while the pen moves. */
import { ask, LOST } from '../static/ask.js';
import { fixes, keep, keepsCorrections, noDigit, spoken } from '../static/fix.js';
import { about, bars, candidates, copy, make, percent, role, show } from '../static/shared.js';
import { drawSample, drawStrokes, Ink } from './ink.js';
import { Requests } from './requests.js';

const root = element.querySelector('.page');
const [canvas, marks] = [role('ink'), role('marks')];
const ink = new Ink('digit-pad');
const showBars = bars(role('bars'));
const pen = { width: 16, erase: false, id: null, keyboard: null };
let reading = null; // the newest answer
let selected = 0; // which of its digits the bars show
let explaining = false;
let hot = null; // the answer to "Why?"

/* ---- painting ---- */
const scale = () => canvas.width / settings.width;

function fit() {
  const { width } = canvas.getBoundingClientRect();
  if (!width) return;
  for (const layer of [canvas, marks]) {
    layer.width = Math.round(width * devicePixelRatio);
    layer.height = Math.round((layer.width * settings.height) / settings.width);
  }
  paint();
  mark();
}

function paint() {
  const context = canvas.getContext('2d');
  const { strokes, picture } = ink.page();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale(), scale());
  if (picture) drawSample(context, picture);
  drawStrokes(context, strokes);
  role('hint').hidden = !ink.empty || strokes.length > 0;
}

const COLOURS = { sure: '#0f766e', unsure: '#b45309', no: '#78716c' };

function mark() {
  canvas.parentNode.classList.toggle('keys-in-use', Boolean(pen.keyboard));
  const context = marks.getContext('2d');
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, marks.width, marks.height);
  context.scale(scale(), scale());
  const size = 12 * Math.max(1, settings.width / canvas.getBoundingClientRect().width || 1);
  const digits = reading?.digits ?? [];
  if (digits.length > 1) digits.forEach((digit, index) => markDigit(context, digit, index, size));
  if (hot) drawHeat(context);
  if (pen.keyboard) markCursor(context);
}

function markDigit(context, digit, index, size) {
  const [left, top, right, bottom] = digit.box;
  context.strokeStyle = context.fillStyle = COLOURS[digit.state];
  context.lineWidth = index === selected ? 2.5 : 1.2;
  context.beginPath();
  context.roundRect(left - 7, top - 7, right - left + 14, bottom - top + 14, 6);
  context.stroke();
  const label = digit.state === 'no' ? 'no digit' : `${digit.label} · ${Math.round(100 * digit.p[digit.label])} %`;
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = 'bottom';
  const room = top - 10 - size > 0;
  context.fillText(label, Math.max(4, left - 7), room ? top - 10 : bottom + 10 + size);
}

function markCursor(context) {
  const { x, y, down } = pen.keyboard;
  context.strokeStyle = '#1d4ed8';
  context.lineWidth = down ? 3 : 1.5;
  context.beginPath();
  context.arc(x, y, pen.width / 2 + 3, 0, 7);
  context.moveTo(x - 16, y);
  context.lineTo(x + 16, y);
  context.moveTo(x, y - 16);
  context.lineTo(x, y + 16);
  context.stroke();
}

function drawHeat(context) {
  const [a, b, c, d] = hot.inked; // in the 28×28 picture
  const [left, top, right, bottom] = hot.box; // the same ink on the pad
  const [sx, sy] = [(right - left) / (c - a), (bottom - top) / (d - b)];
  context.imageSmoothingQuality = 'high';
  context.drawImage(hot.image, left - a * sx, top - b * sy, 28 * sx, 28 * sy);
}

/* ---- asking ---- */
const requests = new Requests({
  read: () => (ink.empty ? { text: '', digits: [] } : server.read_pad(ink.page())),
  show: (answer, version) => {
    root.dataset.version = version;
    accept(answer);
    root.dataset.settled = String(requests.settled);
  },
  drawing: () => ink.live.length > 0,
  onTrouble: (sentence) => say(sentence === LOST ? `${LOST} Your drawing is kept.` : sentence),
  patience: settings.patience,
});

function changed() {
  root.dataset.settled = 'false';
  hot = null;
  closeFix();
  paint();
  const [back, again] = [ink.done > 0, ink.done < ink.steps.length];
  role('undo').disabled = !back;
  role('redo').disabled = !again;
  role('clear').disabled = ink.empty;
  requests.changed();
}

const full = () => (ink.page().strokes.length >= settings.mostStrokes ? 'The pad is full. Clear it, or undo some strokes.' : null);

function say(sentence) {
  role('note').textContent = sentence ?? '';
  role('note').hidden = !sentence;
}

/* ---- showing ---- */
function accept(answer) {
  say(answer.message ?? full());
  const before = reading?.digits.length ?? 0;
  reading = answer.digits ? answer : { text: '', digits: [] };
  const count = reading.digits.length;
  if (selected >= count || count !== before) selected = Math.max(0, count - 1);
  render();
  if (explaining && !ink.live.length) explain();
  if (count) keepsCorrections().then(() => offerFix());
}

function render() {
  const { text, digits } = reading;
  const digit = digits[selected];
  const [state, title, sub] = verdict(digits);
  root.dataset.state = state;
  root.dataset.answer = text;
  const holder = role('text');
  holder.className = `text ${digits.length > 1 && text ? 'many' : ''} ${title ? 'words' : ''}`;
  holder.style.setProperty('--count', Math.max(1, digits.length));
  if (title) holder.replaceChildren(title);
  else holder.replaceChildren(...answerDigits(digits));
  const spoken = title || text.replaceAll('\n', ', ');
  if (role('sub').dataset.said !== spoken + sub) {
    role('sub').dataset.said = spoken + sub;
    role('sub').replaceChildren(make('span', { class: 'sr' }, `${spoken}: `), sub);
  }
  role('copy').hidden = !text;
  role('why').disabled = !digit;
  offerFix();
  role('legend').innerHTML = explaining && digit ? legend(digit) : MADE;
  showBars(digit?.p ?? null, digit?.state);
  showSteps(digit);
  mark();
}

/** [state, words in place of digits, the sentence below]. */
function verdict(digits) {
  if (!digits.length) return ['empty', 'Draw a digit', ink.empty ? 'One, or several side by side.' : 'Nothing found yet.'];
  const known = digits.filter((digit) => digit.state !== 'no');
  if (!known.length) {
    const refused = `${about(1 - Math.max(...digits.map((digit) => digit.isDigit)))} sure that it is none.`;
    return ['no', 'Not a digit', digits.length > 1 ? 'None of these looks like a digit.' : refused[0].toUpperCase() + refused.slice(1)];
  }
  const unsure = known.filter((digit) => digit.state === 'unsure');
  if (digits.length === 1) {
    const [{ p, label }] = digits;
    if (unsure.length) return ['unsure', 'Not sure', `Perhaps ${candidates(p)}.`];
    return ['sure', '', `${about(p[label])} sure`];
  }
  const least = Math.min(...known.map(({ p, label }) => p[label]));
  const others = digits.length - known.length ? `, ${digits.length - known.length} no digit` : '';
  const surety = known.length > 1 ? (least > 0.99 ? 'each over 99 % sure' : `the least sure ${about(least)}`) : `${about(least)} sure`;
  return [unsure.length ? 'unsure' : 'sure', '', `${known.length} digit${known.length > 1 ? 's' : ''}${others}, ${surety}`];
}

function answerDigits(digits) {
  if (digits.length === 1) return [String(digits[0].label)];
  const lines = [];
  digits.forEach((digit, index) => {
    if (index && digit.row !== digits[index - 1].row) lines.push(make('i', { class: 'row' }));
    const name = digit.state === 'no' ? 'no digit' : `${digit.label}, ${percent(digit.p[digit.label])}`;
    lines.push(make('button', {
      type: 'button', class: `char ${digit.state}`, 'aria-pressed': String(index === selected), 'aria-label': name, title: name,
      onclick: () => select(index),
    }, digit.state === 'no' ? '·' : String(digit.label)));
  });
  return lines;
}

function select(index) {
  selected = index;
  hot = null;
  render();
  if (explaining) explain();
}

function showSteps(digit) {
  show(role('normalised'), digit?.normalised, digit ? 'The ink redrawn with a pen of one width' : '');
  show(role('pixels'), digit?.pixels, digit ? 'The 28 by 28 pixels that the network gets' : '');
  show(role('heat'), hot?.source);
  const found = role('found').getContext('2d');
  const side = role('found').width;
  found.clearRect(0, 0, side, side);
  if (!digit) return;
  const [left, top, right, bottom] = digit.box;
  const span = 1.25 * Math.max(right - left, bottom - top, 8);
  const [x, y] = [(left + right - span) / 2, (top + bottom - span) / 2];
  const k = scale();
  found.fillStyle = '#fff';
  found.fillRect(0, 0, side, side);
  found.drawImage(canvas, x * k, y * k, span * k, span * k, 0, 0, side, side);
  found.strokeStyle = COLOURS[digit.state];
  found.lineWidth = 2;
  const z = side / span;
  found.strokeRect((left - x) * z - 1, (top - y) * z - 1, (right - left) * z + 2, (bottom - top) * z + 2);
}

/* ---- why ---- */
const MADE = 'Found on the pad, redrawn with a pen of one width, averaged and centred.';
const legend = ({ label }) => `<b class="for">Red</b> spoke for ${label}, <b class="against">blue</b> against it: how its score changes when that place is covered.`;

async function explain() {
  const { version } = requests;
  const digit = reading.digits[selected];
  const wanted = () => explaining && version === requests.version;
  const answer = await ask(() => server.explain({ pixels: digit.pixels, label: digit.label }), { wanted });
  if (!answer) return;
  if (answer.message) return say(answer.message);
  const image = new Image();
  image.src = answer.heat;
  await image.decode();
  hot = { image, source: answer.heat, inked: answer.inked, box: digit.box };
  root.dataset.why = 'shown';
  render();
}

function toggleWhy() {
  explaining = !explaining;
  role('why').setAttribute('aria-pressed', String(explaining));
  hot = null;
  root.dataset.why = '';
  if (explaining) explain();
  render();
}

/* ---- wrong? ---- */
const fixKeys = [...Array(10).keys(), null].map((label) => {
  const key = make('button', { type: 'button', class: 'key', 'data-label': label ?? 'none', onclick: () => fix(label) }, label === null ? noDigit : String(label));
  if (label !== null) key.setAttribute('aria-label', `It is a ${label}`);
  role('fix-keys').append(key);
  return { key, label };
});

function offerFix() {
  role('wrong').hidden = !(fixes.notice && reading.digits.length);
}

function openFix() {
  role('fix').hidden = false;
  role('wrong').setAttribute('aria-expanded', 'true');
  askFix();
  (fixKeys.find(({ key }) => !key.disabled)).key.focus({ preventScroll: true });
  role('fix').scrollIntoView({ block: 'nearest' });
}

function closeFix() {
  if (role('fix').hidden) return;
  const inside = role('fix').contains(document.activeElement);
  role('fix').hidden = true;
  role('wrong').setAttribute('aria-expanded', 'false');
  if (inside) role('wrong').focus({ preventScroll: true });
}

/** The question about the selected digit, and before any answer what answering stores. */
function askFix() {
  const { digits } = reading;
  const { state, label } = digits[selected];
  const read = state === 'no' ? null : label;
  role('fix-title').textContent = `${read === null ? 'Read as no digit.' : `Read as ${read}.`} What is it?`;
  role('fix-which').hidden = digits.length < 2;
  role('fix-which').replaceChildren(...digits.map((digit, index) => {
    const name = `${index + 1}: read as ${digit.state === 'no' ? noDigit : digit.label}`;
    return make('button', {
      type: 'button', class: 'which', title: name, 'aria-label': name, 'aria-pressed': String(index === selected),
      onclick: () => { select(index); askFix(); role('fix-which').children[index].focus(); },
    }, make('img', { src: digit.pixels, alt: '', class: 'crisp' }));
  }));
  for (const { key, label: answer } of fixKeys) {
    key.disabled = answer === read && state !== 'unsure';
    key.setAttribute('aria-pressed', 'false');
  }
  role('fix-said').textContent = fixes.notice;
  role('fix').dataset.stored = 'false';
}

async function fix(label) {
  const digit = reading.digits[selected];
  const wanted = () => reading.digits[selected] === digit;
  const tell = (sentence) => { role('fix-said').textContent = sentence; };
  tell('Storing …');
  const { stored, sentence } = await keep(digit.pixels, label, { wanted, onTrouble: tell });
  if (!wanted()) return;
  for (const { key, label: answer } of fixKeys) key.setAttribute('aria-pressed', String(stored && answer === label));
  tell(stored ? `${sentence} You say it is ${spoken(label)}; if you press another, that one counts.` : sentence);
  role('fix').dataset.stored = String(stored);
}

role('wrong').onclick = () => (role('fix').hidden ? openFix() : closeFix());
role('fix-close').onclick = closeFix;
role('fix').addEventListener('keydown', (event) => event.key === 'Escape' && closeFix());

/* ---- drawing: a stylus draws as a mouse does, its pressure is ignored; its other end erases ---- */
const ERASER = 5; // the button that a stylus' other end is to the browser

function place(event) {
  const frame = canvas.getBoundingClientRect();
  const unit = settings.width / frame.width;
  return [event.clientX - frame.left, event.clientY - frame.top].map((at) => Math.round(at * unit * 10) / 10);
}

function extend(points) {
  const stroke = ink.live[0];
  for (const point of points) {
    const last = stroke.points.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= 1.5) stroke.points.push(point);
  }
}

function penDown(point, erase = pen.erase) {
  stopExample();
  ink.live = [{ points: [point], width: pen.width, erase }];
  changed();
}

function penUp() {
  const [stroke] = ink.live;
  ink.live = [];
  if (!stroke) return;
  if (!full()) ink.add({ stroke });
  changed();
}

function forget() {
  pen.id = null;
  ink.live = [];
  changed();
}

canvas.addEventListener('pointerdown', (event) => {
  if (pen.id !== null) {
    if (event.pointerType === 'touch') forget(); // a second finger: this is no drawing
    return;
  }
  if (![0, ERASER].includes(event.button) || !event.isPrimary) return;
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  keyLift();
  pen.keyboard = null;
  pen.id = event.pointerId;
  canvas.setPointerCapture(event.pointerId);
  penDown(place(event), pen.erase || event.button === ERASER);
  mark();
});
canvas.addEventListener('pointermove', (event) => {
  if (event.pointerId !== pen.id || !ink.live.length) return;
  const events = event.getCoalescedEvents?.() ?? [];
  extend((events.length ? events : [event]).map(place));
  changed();
});
canvas.addEventListener('pointerup', (event) => {
  if (event.pointerId !== pen.id) return;
  pen.id = null;
  if (ink.live.length) extend([place(event)]);
  penUp();
});
canvas.addEventListener('pointercancel', (event) => event.pointerId === pen.id && forget());

/* ---- keyboard ---- */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function keyMove([dx, dy], far) {
  pen.keyboard ??= { x: settings.width / 2, y: settings.height / 2, down: false };
  const step = far ? 40 : 10;
  pen.keyboard.x = Math.min(Math.max(pen.keyboard.x + dx * step, 0), settings.width);
  pen.keyboard.y = Math.min(Math.max(pen.keyboard.y + dy * step, 0), settings.height);
  if (pen.keyboard.down) {
    extend([[pen.keyboard.x, pen.keyboard.y]]);
    changed();
  }
  mark();
}

function keyPen() {
  pen.keyboard ??= { x: settings.width / 2, y: settings.height / 2, down: false };
  pen.keyboard.down = !pen.keyboard.down;
  if (pen.keyboard.down) penDown([pen.keyboard.x, pen.keyboard.y]);
  else penUp();
  mark();
}

function keyLift() {
  if (pen.keyboard?.down) keyPen();
}

canvas.addEventListener('keydown', (event) => {
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  let done = true;
  if (command && key === 'z') travel(event.shiftKey ? 1 : -1);
  else if (command && key === 'y') travel(1);
  else if (command || event.altKey) done = false;
  else if (ARROWS[event.key]) keyMove(ARROWS[event.key], event.shiftKey);
  else if (event.key === ' ') keyPen();
  else if (event.key === 'Delete' || event.key === 'Backspace') clear();
  else if (event.key === 'Escape') keyLift();
  else done = false;
  if (done) event.preventDefault();
});
canvas.addEventListener('focus', () => {
  if (canvas.matches(':focus-visible') && pen.id === null) keyMove([0, 0]);
});
canvas.addEventListener('blur', () => {
  keyLift();
  pen.keyboard = null;
  mark();
});

/* ---- tools ---- */
function travel(by) {
  stopExample();
  keyLift();
  if (ink.move(by)) changed();
}

function clear() {
  stopExample();
  keyLift();
  if (ink.empty) return;
  ink.add({ page: { strokes: [], picture: null } });
  changed();
}

function choose(erase) {
  pen.erase = erase;
  role('pen').setAttribute('aria-pressed', String(!erase));
  role('eraser').setAttribute('aria-pressed', String(erase));
  canvas.classList.toggle('erasing', erase);
}

role('pen').onclick = () => choose(false);
role('eraser').onclick = () => choose(true);
role('undo').onclick = () => travel(-1);
role('redo').onclick = () => travel(1);
role('clear').onclick = clear;
role('width').oninput = (event) => (pen.width = Number(event.target.value));
role('copy').onclick = (event) => copy(reading.text, event.target);
role('why').onclick = toggleWhy;

/* ---- examples ---- */
const example = { frame: 0, number: Array(10).fill(0), asked: 0 };

function stopExample() {
  example.asked += 1;
  cancelAnimationFrame(example.frame);
  if (example.finish) example.finish();
}

/** Writes a digit on the pad as a hand would; the reading follows it. */
function write(strokes) {
  const before = ink.page();
  const total = strokes.reduce((sum, { points }) => sum + points.length, 0);
  const start = performance.now();
  const length = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 500;
  if (before.strokes.length || before.picture) ink.add({ page: { strokes: [], picture: null } });
  example.finish = () => {
    example.finish = null;
    ink.live = [];
    ink.steps.length = ink.done;
    if (before.strokes.length || before.picture) ink.move(-1);
    ink.add({ page: { strokes, picture: null } });
    changed();
  };
  const step = (now) => {
    let left = Math.ceil((total * (now - start)) / length);
    if (!(left < total)) return example.finish?.();
    ink.live = strokes.map((stroke) => {
      const part = { ...stroke, points: stroke.points.slice(0, Math.max(0, left)) };
      left -= stroke.points.length;
      return part;
    }).filter(({ points }) => points.length);
    changed();
    example.frame = requestAnimationFrame(step);
  };
  example.frame = requestAnimationFrame(step);
}

async function showExample(digit) {
  stopExample();
  const number = example.number[digit]++;
  const mine = ++example.asked;
  const answer = await ask(() => server.example({ digit, number }), { wanted: () => mine === example.asked, onTrouble: say });
  if (!answer) return;
  if (!answer.lines) return say(answer.message);
  const { width, height } = settings;
  const points = (line) => line.map(([x, y]) => [width / 2 + (x - 0.5) * height, y * height].map((at) => Math.round(at * 10) / 10));
  write(answer.lines.map((line) => ({ points: points(line), width: pen.width, erase: false })));
}

for (let digit = 0; digit < 10; digit++) {
  const button = make('button', { type: 'button', class: 'key', 'data-digit': digit, onclick: () => showExample(digit) }, String(digit));
  button.setAttribute('aria-label', `Show me a ${digit}`);
  role('examples').append(button);
}

/** Another tab puts a 28×28 sample on the pad: base64 of its bytes, ink bright. */
window.addEventListener('pad:picture', ({ detail }) => {
  stopExample();
  ink.add({ page: { strokes: [], picture: detail } });
  changed();
});

new ResizeObserver(fit).observe(canvas);
const watchRatio = () => matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', () => { fit(); watchRatio(); }, { once: true });
watchRatio();
reading = { text: '', digits: [] };
render();
fit();
changed();
root.dataset.ready = 'true';
