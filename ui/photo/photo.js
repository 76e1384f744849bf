/* The Photo tab: a photo or an example page goes to the server, and its reading comes back. */
import { ask } from '../static/ask.js';
import { make, role } from '../static/shared.js';
import { listen, refusal, upload } from './input.js';
import { accept, hasResult, placed, say } from './result.js';

const SLOW_READING = 120_000; // ms that a page may take on a busy server
const tab = element.querySelector('.page');
let asked = 0; // requests so far: an answer to an older one is dropped
let source = null; // of the result: {path} or {example}, and the turn in degrees

/** Says why nothing new is shown. */
function fail(words) {
  tab.dataset.busy = 'false';
  say(hasResult() ? `${words} The previous result is still shown.` : words);
}

function begin(words) {
  asked += 1;
  const mine = asked;
  tab.dataset.busy = 'true';
  role('progress').hidden = true;
  say(words);
  return () => mine === asked;
}

/** Reads {path} or {example}, turned clockwise by `turn` degrees. */
async function read(from, turn, wanted = begin('Reading …')) {
  const answer = await ask(() => server.read_page({ ...from, turn }), { wanted, onTrouble: say, patience: SLOW_READING });
  if (!answer) return;
  if (answer.message) {
    fail(answer.message);
    return;
  }
  tab.dataset.busy = 'false';
  source = { from, turn: turn || answer.rotation || 0 }; // of the picture as it is shown
  accept(answer);
}

/** Uploads a file and reads it. */
async function take(file) {
  const words = file && refusal(file);
  if (!file || words) {
    begin('');
    fail(words || 'That is not a file. Choose a photo.');
    return;
  }
  const wanted = begin('Uploading …');
  const bar = role('progress');
  bar.value = 0;
  bar.hidden = false;
  const onProgress = (share) => {
    bar.value = share;
    say(share < 1 ? `Uploading … ${Math.floor(100 * share)}%` : 'Reading …');
  };
  const sent = await upload(file, { wanted, onProgress, onTrouble: say });
  if (!sent) return;
  bar.hidden = true;
  if (sent.message) {
    fail(sent.message);
    return;
  }
  say('Reading …');
  await read({ path: sent.path }, 0, wanted);
}

function rotate() {
  if (source) read(source.from, (source.turn + 90) % 360);
}

/* ---- a worked example in the empty half, once the tab is seen ---- */
async function showArrival() {
  const name = settings.example;
  if (!name) return;
  const answer = await ask(() => server.read_page({ example: name }), { wanted: () => !hasResult(), patience: SLOW_READING });
  if (!answer || answer.message || hasResult()) return;
  const digits = answer.digits.filter(({ state }) => state !== 'no');
  role('sample').style.setProperty('--ratio', answer.width / answer.height);
  role('sample').replaceChildren(make('img', { src: answer.picture, alt: `The example page “${name}”` }),
    ...digits.map((digit) => placed(make('i', { class: `box ${digit.state}` }, make('span', {}, String(digit.label))), digit.box, answer)));
  const numbers = [...new Set(digits.map(({ row }) => row))];
  role('sample-text').textContent = numbers.map((row) => digits.filter((digit) => digit.row === row).map(({ label }) => label).join('')).join('\n');
  role('arrival').hidden = false;
}

/** The example pages to choose from: their pictures are not asked for before the tab is seen. */
async function showExamples() {
  const pictures = Object.entries(await ask(() => server.thumbnails({})));
  role('thumbs').replaceChildren(...pictures.map(([name, src]) => make('button', {
    type: 'button', class: 'thumb', 'data-name': name, onclick: () => read({ example: name }, 0),
  }, make('img', { src, alt: '', width: 56, height: 56 }), make('span', {}, name))));
  role('try').hidden = !pictures.length;
}

if (matchMedia('(pointer: coarse)').matches) {
  role('invitation').textContent = 'Choose a photo';
  role('invitation').nextElementSibling.textContent = 'or take one with the camera';
}
role('rotate').onclick = rotate;
listen(tab, take, (words) => {
  begin('');
  fail(words);
});
new IntersectionObserver((entries, observer) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  observer.disconnect();
  showExamples();
  showArrival();
}).observe(tab);
tab.dataset.ready = 'true';
