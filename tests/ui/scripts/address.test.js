import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromAddress, toAddress } from '../../../ui/mistakes/address.js';

const nothing = { kind: 'misread', true: null, predicted: null };

test('what an address says is what was written into it', () => {
  for (const [address, filter, row] of [
    ['#mistakes', nothing, null],
    ['#mistakes/4-9', { ...nothing, true: 4, predicted: 9 }, null],
    ['#mistakes/escapes/any-9', { kind: 'escapes', true: null, predicted: 9 }, null],
    ['#mistakes/0-any/row-394', { ...nothing, true: 0 }, 394],
    ['#mistakes/row-0', nothing, 0],
  ]) {
    assert.equal(toAddress(filter, row), address);
    assert.deepEqual(fromAddress(address), { filter, row });
  }
});

test('what is no filter and no row is left out', () => {
  assert.deepEqual(fromAddress('#mistakes/12-9/rows/row-x'), { filter: nothing, row: null });
});
