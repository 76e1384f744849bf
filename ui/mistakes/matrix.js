/* The confusion matrix, a table of buttons. */
import { make, role } from '../static/shared.js';
import { DIGITS, gallery, name, state, thousands } from './gallery.js';

function cell(written, read, toggle) {
  const count = gallery.confusion[written][read];
  if (written === read) return make('td', { class: 'right' }, thousands(count));
  if (!count) return make('td', { class: 'none' });
  const button = make('button', {
    type: 'button', 'data-cell': `${written}-${read}`, 'aria-label': `${count} of ${name(written)} read as ${name(read)}`,
    title: `${name(written)} read as ${name(read)}: ${count}`, onclick: () => toggle({ true: written, predicted: read }),
  }, String(count));
  button.style.setProperty('--share', (Math.sqrt(count / gallery.most)).toFixed(3));
  return make('td', {}, button);
}

function heading(which, digit, toggle) {
  const label = which === 'true' ? `${digit}: all samples of it that were misread` : `${digit}: all samples wrongly read as it`;
  const other = which === 'true' ? 'predicted' : 'true';
  const button = make('button', {
    type: 'button', [`data-${which}`]: digit, 'aria-label': label, onclick: () => toggle({ [which]: digit, [other]: null }),
  }, String(digit));
  return make('th', { scope: which === 'true' ? 'row' : 'col' }, button);
}

/** toggle(filter) is called with what a cell or a digit at the edge stands for. */
export function buildMatrix(toggle) {
  const head = make('tr', {}, make('td', { class: 'corner' }), ...DIGITS.map((digit) => heading('predicted', digit, toggle)));
  const rows = DIGITS.map((digit) => make('tr', {}, heading('true', digit, toggle), ...DIGITS.map((read) => cell(digit, read, toggle))));
  role('matrix').replaceChildren(make('thead', {}, head), make('tbody', {}, ...rows));
}

/** Presses the buttons of the filter that is chosen. */
export function markMatrix() {
  for (const button of role('matrix').querySelectorAll('button')) {
    const { cell: pair, true: written, predicted } = button.dataset;
    const is = (digit, chosen) => digit !== undefined && Number(digit) === chosen;
    const pressed = pair ? pair === `${state.true}-${state.predicted}` : is(written, state.true) || is(predicted, state.predicted);
    button.setAttribute('aria-pressed', String(pressed));
  }
}
