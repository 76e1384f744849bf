/* What the answer says in words. */
import { about, candidates } from '../static/shared.js';

const many = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;
const capital = (sentence) => sentence[0].toUpperCase() + sentence.slice(1);

const SPACE = 'Leave a little space between the digits.';
const FAINT = 'Too faint: draw with a wider pen.';

/** What may help where digits were refused, if anything. */
function advice(digits) {
  const reasons = digits.map(({ reason }) => reason);
  if (reasons.includes('touching')) return SPACE;
  return reasons.includes('too faint') ? FAINT : null;
}

function refused(digits) {
  const doubt = about(1 - Math.max(...digits.map(({ is_digit: isDigit }) => isDigit)));
  const plain = digits.length > 1 ? 'None of these looks like a digit.' : `${capital(doubt)} sure this isn’t a digit.`;
  return { state: 'no', title: 'Not a digit', sentence: advice(digits) ?? plain };
}

function single({ probabilities: p, label, state }) {
  if (state === 'unsure') return { state, title: 'Not sure', sentence: `Perhaps ${candidates(p)}.` };
  return { state, title: '', sentence: `${capital(about(p[label]))} sure` };
}

/** {state, title, sentence} of a reading's digits: the title stands in place of the digits when it is not empty. */
export function verdict(digits, padIsEmpty) {
  if (!digits.length) {
    return { state: 'empty', title: 'Draw a digit', sentence: padIsEmpty ? 'One, or several side by side.' : 'Nothing found yet.' };
  }
  const known = digits.filter(({ state }) => state !== 'no');
  if (!known.length) return refused(digits);
  if (digits.length === 1) return single(digits[0]);
  const others = digits.length - known.length;
  const counted = many(known.length, 'digit') + (others ? ` and ${many(others, 'other mark')}` : '');
  if (advice(digits)) return { state: 'unsure', title: '', sentence: `${counted}. ${advice(digits)}` };
  const lowest = about(Math.min(...known.map(({ probabilities, label }) => probabilities[label])));
  const sure = known.length > 1 ? `${lowest.startsWith('over') ? '' : 'at least '}${lowest} sure of each${others ? ' digit' : ''}` : `${lowest} sure of the digit`;
  const state = known.some((digit) => digit.state === 'unsure') ? 'unsure' : 'sure';
  return { state, title: '', sentence: `${counted}, ${sure}` };
}
