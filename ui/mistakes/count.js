/* How many samples fit the filter, in words. */
import { escaped, gallery, name, state, thousands } from './gallery.js';

/** "3 of 60 narrow escapes: 4 read right, but nearly as 9". */
function escapesSentence() {
  const { true: written, predicted: rival, shown } = state;
  const all = gallery.samples.filter(escaped).length;
  if (written === null && rival === null) return `${thousands(all)} narrow escapes: samples read right, but least surely`;
  const what = `${written === null ? 'samples' : `samples of ${name(written)}`} ${rival === null ? 'read right, but least surely' : `nearly read as ${name(rival)}`}`;
  return `${thousands(shown.length)} of ${thousands(all)} narrow escapes: ${what}`;
}

/** "29 of 4,200 validation samples were misread, 0.69%", for the filters as they are. */
export function sentence() {
  if (state.kind === 'escapes') return escapesSentence();
  const { true: written, predicted: read } = state;
  const n = state.shown.length;
  const sum = (counts) => counts.reduce((a, b) => a + b, 0);
  const all = written !== null ? sum(gallery.confusion[written]) : sum(gallery.confusion.map((row) => (read === null ? sum(row) : row[read])));
  const share = all ? `, ${((100 * n) / all).toFixed(2)}%` : '';
  if (written === null && read === null) {
    return all && !n ? `All ${thousands(all)} validation samples were read right` : `${thousands(n)} of ${thousands(all)} validation samples were misread${share}`;
  }
  if (written === null) return `${thousands(n)} of ${thousands(all)} readings as ${name(read)} were wrong${share}`;
  if (read === null) return `${thousands(n)} of ${thousands(all)} samples of ${name(written)} were misread${share}`;
  if (read === written) return `${thousands(gallery.confusion[read][read])} of ${thousands(all)} samples of ${name(read)} were read right; only misread ones are kept`;
  return `${thousands(n)} of ${thousands(all)} samples of ${name(written)} were read as ${name(read)}${share}`;
}
