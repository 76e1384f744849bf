/* The Model tab: its content is made by the server when the tab is first seen. */
import { role } from '../static/shared.js';

const root = element.querySelector('.page');
new IntersectionObserver(async (entries, observer) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  observer.disconnect();
  try {
    role('content').innerHTML = (await server.report({})).html;
  } catch {
    role('content').textContent = 'The connection is lost; load the page again.';
  }
  root.dataset.ready = 'true';
}).observe(root);
