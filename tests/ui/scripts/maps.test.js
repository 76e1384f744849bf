import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colour, decode, whereabouts } from '../../../ui/inside/maps.js';

test('a character is a value', () => {
  assert.deepEqual([...decode('Bg/')], [-1, 0, 1]);
});

test('red answers, blue is silenced, nothing is clear', () => {
  const pixels = new Uint8ClampedArray(12);
  [1, -1, 0].forEach((value, place) => colour(pixels, place, value));
  assert.ok(pixels[0] > pixels[2] && pixels[3] === 255);
  assert.ok(pixels[6] > pixels[4] && pixels[7] === 255);
  assert.equal(pixels[11], 0);
});

test('where a map answers', () => {
  const at = (place) => whereabouts({ values: Float32Array.from({ length: 49 }, (_, i) => Number(i === place)), shown: 7, start: 0, step: 4 });
  assert.equal(at(8), 'at the top left');
  assert.equal(at(24), 'in the middle');
  assert.equal(at(26), 'at the right');
  assert.equal(at(45), 'at the bottom');
  assert.equal(at(-1), 'nowhere');
});
