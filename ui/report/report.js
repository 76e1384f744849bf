/* The Model tab: its content is made by the server when the tab is first seen. */
import { ask } from '../static/ask.js';
import { make, role } from '../static/shared.js';

const root = element.querySelector('.page');
new IntersectionObserver(async (entries, observer) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  observer.disconnect();
  const say = (words) => role('content').replaceChildren(make('p', { class: 'caption' }, words));
  const { html } = await ask(() => server.report({}), { onTrouble: say });
  role('content').innerHTML = html;
  root.dataset.ready = 'true';
}).observe(root);
