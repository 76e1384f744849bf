/* What is fetched when it is first opened: a script with its markup and its style sheet as one module. */
import { ask } from './ask.js';

const fetched = {}; // name -> promise of its module
let attempts = 0; // a browser may remember that a module could not be fetched, so each attempt has another address

/** The module ui/name/name.js; its style sheet is on the page once. onTrouble(sentence) is called while it does not come. */
export function later(name, onTrouble) {
  const address = `${window.gradio_config?.root ?? ''}/later/${name}.js`;
  fetched[name] ??= ask(() => import(attempts++ ? `${address}?${attempts}` : address), { onTrouble }).then((module) => {
    document.head.append(Object.assign(document.createElement('style'), { textContent: module.css }));
    return module;
  });
  return fetched[name];
}
