/* What the scripts of all tabs use. */
export const role = (name, within = element) => within.querySelector(`[data-role="${name}"]`);
export const percent = (share) => {
  if (share >= 0.9995) return '100%';
  if (share < 0.0005) return '0%';
  return `${(100 * share).toFixed(share >= 0.995 || share < 0.095 ? 1 : 0)}%`;
};
export const about = (share) => (share > 0.99 ? 'over 99%' : `${Math.round(100 * share)}%`);

/** An element with attributes and children: make('p', {class: 'sub'}, 'text'). */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

/** Ten fixed rows 0-9, a list. `onPick(digit)` makes them buttons. Returns show(probabilities or null, state). */
export function bars(holder, onPick) {
  holder.setAttribute('role', 'list');
  holder.setAttribute('aria-label', 'How likely each digit is');
  const rows = [...Array(10).keys()].map((digit) => {
    const fill = make('i', { class: 'fill' });
    const value = make('span', { class: 'value' });
    const inner = [make('b', {}, String(digit)), make('span', { class: 'track' }, fill), value];
    const row = onPick ? make('button', { type: 'button', class: 'bar', onclick: () => onPick(digit) }, ...inner) : make('div', { class: 'bar', role: 'listitem' }, ...inner);
    if (onPick) row.append(make('span', { class: 'sr' }, `, correct to ${digit}`));
    holder.append(onPick ? make('div', { role: 'listitem' }, row) : row);
    return { row, fill, value };
  });
  return (p, state = 'sure') => {
    holder.dataset.state = p ? state : 'empty';
    const best = p ? p.indexOf(Math.max(...p)) : -1;
    rows.forEach(({ row, fill, value }, digit) => {
      const share = p ? p[digit] : 0;
      fill.style.setProperty('--share', share.toFixed(4));
      value.textContent = p ? percent(share) : '';
      row.classList.toggle('best', digit === best);
    });
  };
}

/** Shows a picture, or nothing without one. */
export function show(image, source, alt = '') {
  image.hidden = !source;
  if (source) image.src = source;
  image.alt = alt;
}

/** Copies text and says so on the button for a moment. */
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make('textarea', { class: 'sr' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  const before = button.dataset.label ?? (button.dataset.label = button.textContent);
  button.textContent = 'Copied';
  clearTimeout(button.timer);
  button.timer = setTimeout(() => (button.textContent = before), 1500);
}

/** Two likeliest digits as a sentence: "7 (55%) or 1 (40%)". */
export function candidates(p) {
  const order = [...p.keys()].sort((a, b) => p[b] - p[a]);
  const [first, second] = order;
  return p[second] < 0.05 ? `${first} (${percent(p[first])})` : `${first} (${percent(p[first])}) or ${second} (${percent(p[second])})`;
}

/** Goes to a tab of the page by the id that the Python side gives it. */
export const openTab = (name) => {
  const buttons = [...document.querySelectorAll('[role="tab"]')];
  buttons.find((button) => button.textContent.trim() === name)?.click();
};
