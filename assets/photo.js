/* The Photo tab's result: boxes on the picture, details on demand, corrections, text, table. */
const root = element.querySelector('.page');
let result = null; // {picture, width, height, digits}
let selected = -1;
const showBars = bars(role('bars'), (digit) => correct(digit));

const counts = (digit) => digit.state !== 'no';
const certainty = (digit) => (digit.corrected ? 'corrected' : percent(digit.p[digit.label]));

function accept(answer) {
  root.dataset.busy = 'false';
  if (!answer) return;
  if (answer.message) {
    role('status').textContent = answer.message;
    return;
  }
  result = answer;
  selected = -1;
  role('found').hidden = false;
  role('picture').src = result.picture;
  role('stage').style.aspectRatio = `${result.width} / ${result.height}`;
  role('stage').querySelectorAll('.box').forEach((box) => box.remove());
  result.digits.forEach((digit, index) => role('stage').append(box(digit, index)));
  const first = result.digits.findIndex((digit) => digit.state === 'unsure');
  select(first >= 0 ? first : result.digits.findIndex(counts));
  refresh();
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
  for (const event of ['pointerenter', 'focus', 'click']) node.addEventListener(event, () => select(index));
  return node;
}

function refresh() {
  const { digits } = result;
  for (const node of role('stage').querySelectorAll('.box')) {
    const digit = digits[node.dataset.index];
    node.classList.remove('sure', 'unsure', 'no', 'corrected');
    node.classList.add(digit.corrected ? 'corrected' : digit.state);
    node.firstChild.textContent = counts(digit) ? digit.label : '';
    node.setAttribute('aria-label', counts(digit) ? `${digit.label}, ${certainty(digit)}` : 'not a digit');
    node.tabIndex = counts(digit) ? 0 : -1;
  }
  const found = digits.filter(counts);
  root.dataset.state = found.length ? 'read' : 'none';
  root.dataset.answer = text();
  role('out').hidden = !found.length;
  role('text').textContent = text();
  role('status').textContent = summary(found);
  role('rows').replaceChildren(...digits.flatMap((digit, index) => (counts(digit) ? [line(digit, index)] : [])));
  detail();
}

function text() {
  const rows = new Map();
  for (const digit of result.digits) if (counts(digit)) rows.set(digit.row, (rows.get(digit.row) ?? '') + digit.label);
  return [...rows.keys()].sort((a, b) => a - b).map((row) => rows.get(row)).join('\n');
}

function summary(found) {
  const others = result.digits.length - found.length;
  if (!found.length) return `No digits found.${others ? ` ${others} other mark${others > 1 ? 's' : ''} left out.` : ' Try more light, or go nearer.'}`;
  const rows = new Set(found.map((digit) => digit.row)).size;
  const unsure = found.filter((digit) => digit.state === 'unsure' && !digit.corrected).length;
  const many = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
  return `${many(found.length, 'digit')} in ${many(rows, 'row')}${unsure ? `, ${unsure} not sure` : ''}${others ? `, ${many(others, 'other mark')} left out` : ''}.`;
}

function line(digit, index) {
  const doubt = digit.state === 'unsure' && !digit.corrected;
  const cell = (value) => make('td', {}, String(value));
  const pick = make('button', { type: 'button', class: 'pick', onclick: () => select(index) }, String(digit.label));
  return make('tr', { class: doubt ? 'unsure' : '', 'data-index': index },
    cell(digit.row + 1), make('td', {}, pick), cell(certainty(digit) + (doubt ? ' · not sure' : '')), cell(digit.box.join(', ')));
}

function select(index) {
  selected = index;
  for (const node of role('stage').querySelectorAll('.box')) node.classList.toggle('selected', Number(node.dataset.index) === index);
  detail();
}

function detail() {
  const digit = result?.digits[selected];
  role('detail').hidden = !digit;
  if (!digit) return;
  show(role('pixels'), digit.pixels, 'The 28 by 28 pixels that the network got');
  role('label').textContent = counts(digit) ? digit.label : '–';
  role('label').dataset.state = digit.state;
  const doubt = digit.state === 'unsure' ? `not sure: ${candidates(digit.p)}` : `${about(digit.p[digit.label])} sure`;
  role('sure').textContent = digit.corrected ? 'corrected by you' : digit.state === 'no' ? 'not a digit' : doubt;
  role('advice').textContent = 'Read wrong? Choose the right digit.';
  role('drop').hidden = !counts(digit);
  showBars(digit.p, digit.state);
}

function correct(label) {
  const digit = result.digits[selected];
  Object.assign(digit, label === null ? { state: 'no' } : { label, state: 'sure' }, { corrected: true });
  refresh();
}

function download() {
  const lines = result.digits.filter(counts).map((digit) =>
    [digit.row + 1, digit.label, digit.corrected ? '' : digit.p[digit.label].toFixed(4), digit.corrected ? 1 : 0, ...digit.box].join(','));
  const csv = ['row,digit,certainty,corrected,left,top,right,bottom', ...lines, ''].join('\n');
  const link = make('a', { href: URL.createObjectURL(new Blob([csv], { type: 'text/csv' })), download: 'digits.csv' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

role('drop').onclick = () => correct(null);
role('copy').onclick = (event) => copy(text(), event.target);
role('csv').onclick = download;
window.addEventListener('photo:busy', () => {
  root.dataset.busy = 'true';
  role('status').textContent = 'Reading …';
});
window.addEventListener('photo:idle', () => {
  root.dataset.busy = 'false';
  if (role('status').textContent === 'Reading …') role('status').textContent = result ? summary(result.digits.filter(counts)) : 'Nothing was read.';
});
window.addEventListener('photo:result', ({ detail: answer }) => accept(answer));
watch('value', () => accept(props.value));
root.dataset.ready = 'true';
