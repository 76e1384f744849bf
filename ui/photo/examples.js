/* Example pages that are read with one click. */
import { make } from '../static/shared.js';

const strip = element.querySelector('.page');
if (settings.examples.length) strip.append(make('p', { class: 'caption' }, 'Or try a page of ours:'));
const list = make('div', { class: 'thumbs' });
strip.append(list);
let asked = 0; // requests for a reading so far, uploads as well: an answer to an older one is dropped
window.addEventListener('photo:busy', () => (asked += 1));

async function run(name) {
  window.dispatchEvent(new Event('photo:busy'));
  const mine = asked;
  let result;
  try {
    result = await server.read_example(name);
  } catch {
    result = { message: 'The connection is lost. Try again in a moment.' };
  }
  if (mine === asked) window.dispatchEvent(new CustomEvent('photo:result', { detail: result }));
}

for (const { name, thumb } of settings.examples) {
  const picture = make('img', { src: thumb, alt: '', width: 56, height: 56 });
  list.append(make('button', { type: 'button', class: 'thumb', 'data-name': name, onclick: () => run(name) }, picture, make('span', {}, name)));
}

/** Gradio says nothing when it gets no camera or no picture from the clipboard. */
const tell = (words) => { document.querySelector('.photo [data-role="status"]').textContent = words; };

function telling(holder, name, words, check = () => null) {
  const before = holder?.[name]?.bind(holder);
  if (!before) return;
  holder[name] = async (...given) => {
    let answer;
    try {
      answer = await before(...given);
    } catch (error) {
      tell(words);
      throw error;
    }
    const complaint = check(answer);
    if (complaint) tell(complaint);
    return answer;
  };
}

telling(navigator.mediaDevices, 'getUserMedia', 'No camera: it is refused, missing or in use. Allow it in the browser, or choose a file.');
telling(navigator.clipboard, 'read', 'The clipboard may not be read. Allow it in the browser, or choose a file.', (items) =>
  (items.some(({ types }) => types.some((type) => type.startsWith('image/'))) ? null : 'There is no picture in the clipboard. Copy one, or choose a file.'));
