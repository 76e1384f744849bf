/* What Draw and Photo share of correcting: what is stored and where, asked once, and the storing itself. */
import { ask } from './ask.js';

export const noDigit = 'no digit';
export const spoken = (label) => (label === null ? noDigit : `a ${label}`);
export const fixes = { notice: null, known: null }; // the sentence that says what is stored, null where nothing is

/** Whether corrections are kept here. */
export async function keepsCorrections() {
  fixes.known ??= ask(() => server.correcting({})).then(({ notice }) => { fixes.notice = notice; });
  await fixes.known;
  return Boolean(fixes.notice);
}

/** Stores that the digit with these `pixels` is `label`, null for no digit. Returns a sentence, or nothing when
 * `options.wanted()` said meanwhile that it is no longer wanted; storing the same twice does no harm. */
export async function keep(pixels, label, options = {}) {
  const { stored, message } = (await ask(() => server.correct({ pixels, digit: label }), options)) ?? {};
  return { stored: Boolean(stored), sentence: stored ?? message };
}
