import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf } from '../../../ui/draw/answer.js';
import { placeLabels } from '../../../ui/draw/labels.js';
import { verdict } from '../../../ui/draw/verdict.js';

/** A digit as the server sends it, read as `label` with this confidence. */
function digit(label, confidence, { state = confidence < 0.8 ? 'unsure' : 'sure', isDigit = 0.99, reason = null, row = 0, box = [0, 0, 20, 30] } = {}) {
  const p = Array(10).fill((1 - confidence) / 9);
  p[label] = confidence;
  return { label, probabilities: p, is_digit: isDigit, state, reason, row, box };
}

const refused = (isDigit, reason = 'no digit') => digit(1, 0.9, { state: 'no', isDigit, reason });
const said = (...digits) => verdict(digits, false);

test('nothing is no error', () => {
  assert.equal(verdict([], true).sentence, 'One, or several side by side.');
  assert.equal(verdict([], false).sentence, 'Nothing found yet.');
});

test('one digit', () => {
  assert.deepEqual(said(digit(7, 0.97)), { state: 'sure', title: '', sentence: '97% sure' });
  assert.equal(said(digit(7, 0.999)).sentence, 'Over 99% sure');
  const unsure = digit(7, 0.6);
  unsure.probabilities[1] = 0.35;
  assert.deepEqual(said(unsure), { state: 'unsure', title: 'Not sure', sentence: 'Perhaps 7 (60%) or 1 (35%).' });
});

test('what is no digit', () => {
  assert.deepEqual(said(refused(0.35)), { state: 'no', title: 'Not a digit', sentence: "65% sure this isn’t a digit." });
  assert.equal(said(refused(0.35), refused(0.1)).sentence, 'None of these looks like a digit.');
});

test('several', () => {
  assert.equal(said(digit(2, 0.87), digit(3, 0.98), refused(0.1)).sentence, '2 digits and 1 other mark, at least 87% sure of each digit');
  assert.equal(said(digit(2, 0.999), digit(3, 0.998)).sentence, '2 digits, over 99% sure of each');
  assert.equal(said(digit(2, 0.9), refused(0.1), refused(0.2)).sentence, '1 digit and 2 other marks, 90% sure of the digit');
  assert.equal(said(digit(2, 0.6), digit(3, 0.98)).state, 'unsure');
});

test('digits that touch, and ink that is too faint, come with advice', () => {
  assert.equal(said(refused(0.2, 'touching')).sentence, 'Leave a little space between the digits.');
  assert.equal(said(digit(2, 0.9), refused(0.2, 'touching')).sentence, '1 digit and 1 other mark. Leave a little space between the digits.');
  assert.equal(said(refused(0.2, 'too faint')).sentence, 'Too faint: draw with a wider pen.');
});

test('rows', () => {
  assert.deepEqual(rowsOf([0, 0, 1, 1, 1].map((row) => ({ row }))), [[0, 1], [2, 3, 4]]);
});

const widthOf = (text) => 7 * text.length;
const inARow = (count, distance) => [...Array(count).keys()].map((index) => digit(index % 10, 0.98, { box: [10 + index * distance, 100, 30 + index * distance, 140] }));
const texts = (digits) => placeLabels(digits, 12, widthOf, 640).map(({ text }) => text);

test('labels say how sure the reading is where there is room, and only the digit where there is none', () => {
  assert.deepEqual(texts(inARow(3, 100)), ['0 · 98%', '1 · 98%', '2 · 98%']);
  assert.deepEqual(texts(inARow(9, 50)), [...'012345678']);
  assert.deepEqual(texts([...inARow(1, 0), digit(4, 0.98, { box: [610, 300, 630, 340] })]), ['0', '4'], 'one would leave the pad');
  assert.deepEqual(texts([digit(1, 0.98, { box: [10, 100, 30, 140] }), { ...refused(0.1), box: [300, 100, 330, 140] }]), ['1 · 98%', 'no digit']);
});
