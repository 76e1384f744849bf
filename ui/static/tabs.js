/* The tabs have addresses: #draw, #photo … A tab may write more behind its name, as in #mistakes/4-9. */
const [first] = settings.tabs;
const slug = (text) => text.trim().toLowerCase();
const current = () => slug(location.hash.slice(1).split('/')[0]) || first;
const nameOf = (button) => (button && settings.tabs.includes(slug(button.textContent)) ? slug(button.textContent) : null);

/** The buttons that open tabs; on a narrow page some of them are in a menu behind "…". */
const buttons = () => [...document.querySelectorAll('.tab-wrapper button')]
  .filter((button) => nameOf(button) && !button.closest('.visually-hidden'));

/** Opens the tab that the address names. Returns false while it is not there yet. */
function openNamed() {
  const button = buttons().find((one) => nameOf(one) === current());
  if (button && button.getAttribute('aria-selected') !== 'true') button.click();
  return Boolean(button);
}

document.addEventListener('click', ({ target }) => {
  const name = target.closest?.('.tab-wrapper') && nameOf(target.closest('button'));
  if (name && name !== current()) history.pushState(null, '', `#${name}`);
}, true);
window.addEventListener('popstate', openNamed);

/** The tabs are made after this script has run. */
if (settings.tabs.includes(current()) && !openNamed()) {
  const observer = new MutationObserver(() => openNamed() && observer.disconnect());
  observer.observe(document.body, { childList: true, subtree: true });
}
