/* The Corrections tab: what visitors corrected, newest first, asked for whenever the tab is seen. */
import { ask } from '../static/ask.js';
import { make, percent, role } from '../static/shared.js';

const root = element.querySelector('.page');
const name = (digit) => digit ?? 'no digit';
const bytes = (count) => (count < 1e6 ? `${Math.ceil(count / 1e3)} kB` : `${(count / 1e6).toFixed(1)} MB`);
let [at, shown] = [0, null]; // the page, and the newest answer

function tile({ read, correct, p, time, source }, number, atlas) {
  const [x, y] = [number % shown.columns, Math.floor(number / shown.columns)];
  const canvas = make('canvas', { class: 'crisp', width: 28, height: 28, 'aria-hidden': 'true' });
  canvas.getContext('2d').drawImage(atlas, 28 * x, 28 * y, 28, 28, 0, 0, 28, 28);
  const when = new Date(time);
  const surety = read === null ? '' : `, ${percent(p)} sure of ${read}`;
  const full = when.toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'medium' });
  return make('li', { title: `${full}, ${source}${surety}` }, canvas, make('span', {}, `${name(read)} → ${name(correct)}`),
    make('time', { datetime: time }, when.toLocaleString(undefined, { day: 'numeric', month: 'short', hour: 'numeric', minute: 'numeric' })));
}

async function render() {
  const { count, first, items, damaged, where, dataset, size, limit } = shown;
  root.dataset.count = count;
  role('title').textContent = count ? `${count.toLocaleString('en')} correction${count === 1 ? '' : 's'}, newest first` : 'No corrections yet';
  const bad = damaged ? ` ${damaged} line${damaged === 1 ? '' : 's'} in it cannot be read.` : '';
  role('where').textContent = count
    ? `Each picture shows what was read → what it is. They are kept in the folder ${where}${dataset ? ` and the dataset ${dataset}` : ''}, ${bytes(size)} of at most ${bytes(limit)}.${bad} `
      + `To train with them: python train.py --extra ${where}.`
    : `When something is read wrong on the Draw tab, press “Wrong?” and say what it is; on the Photo tab, correct a digit and store it. Nothing is stored without that click.${bad}`;
  const atlas = new Image();
  atlas.src = shown.atlas;
  await atlas.decode();
  role('tiles').replaceChildren(...items.map((item, number) => tile(item, number, atlas)));
  role('pages').hidden = count <= items.length;
  role('range').textContent = `${(first + 1).toLocaleString('en')}–${(first + items.length).toLocaleString('en')} of ${count.toLocaleString('en')}`;
  role('newer').disabled = !first;
  role('older').disabled = first + items.length >= count;
}

let requests = 0; // an answer to an older one is dropped

async function list(page) {
  requests += 1;
  const mine = requests;
  const say = (words) => { role(shown ? 'where' : 'title').textContent = words; };
  const answer = await ask(() => server.list_corrections({ page }), { wanted: () => mine === requests, onTrouble: say });
  if (!answer) return;
  if (answer.message) {
    say(answer.message);
  } else {
    [at, shown] = [page, answer];
    await render();
  }
  root.dataset.ready = 'true';
}

async function turn(by) {
  await list(at + by);
  role('title').scrollIntoView({ block: 'nearest' });
}

role('newer').onclick = () => turn(-1);
role('older').onclick = () => turn(1);
new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && list(at)).observe(root);
