import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { settle, slowServer } from './support.js';
import { ask, LOST } from '../../../ui/static/ask.js';

beforeEach(({ mock }) => mock.timers.enable({ apis: ['setTimeout'] }));

/** Asks, and keeps what happens in the object that it returns. */
function asking(server, options = {}) {
  const seen = { said: [], answer: 'none yet' };
  ask(() => server.call(), { onTrouble: (sentence) => seen.said.push(sentence), ...options }).then((answer) => { seen.answer = answer; });
  return seen;
}

test('an answer is handed on', async () => {
  const server = slowServer();
  const seen = asking(server);
  await server.answer({ html: 'all' });
  assert.deepEqual(seen, { said: [], answer: { html: 'all' } });
});

test('no answer is said in one sentence, and asked for again until it comes', async ({ mock }) => {
  const server = slowServer();
  const seen = asking(server);
  await server.answer(undefined); // what gradio makes of a network error
  assert.deepEqual(seen.said, [LOST]);
  assert.equal(server.calls.length, 1);
  for (const pause of [1000, 2000, 4000, 5000, 5000]) {
    mock.timers.tick(pause - 1);
    await settle();
    const before = server.calls.length;
    mock.timers.tick(1);
    await settle();
    assert.equal(server.calls.length, before + 1, `after ${pause} ms`);
    await server.fail();
  }
  mock.timers.tick(5000);
  await settle();
  await server.answer({ text: '7' });
  assert.deepEqual(seen.answer, { text: '7' });
  assert.equal(new Set(seen.said).size, 1);
});

test('it is asked at once when the browser is online again', async () => {
  const server = slowServer();
  const seen = asking(server);
  await server.answer(undefined);
  window.dispatchEvent(new Event('online'));
  await settle();
  await server.answer({ text: '1' });
  assert.deepEqual(seen.answer, { text: '1' });
});

test('a busy server has a sentence of its own', async () => {
  const server = slowServer();
  const seen = asking(server);
  await server.answer({ busy: 'Many are here.', message: 'Many are here.' });
  assert.deepEqual(seen.said, ['Many are here.']);
});

test('a call without an answer counts as lost after a while, and its late answer is dropped', async ({ mock }) => {
  const server = slowServer();
  const seen = asking(server, { patience: 4000 });
  mock.timers.tick(4000);
  await settle();
  assert.deepEqual(seen.said, [LOST]);
  mock.timers.tick(1000);
  await settle();
  await server.answer({ text: 'late' });
  assert.equal(seen.answer, 'none yet');
  await server.answer({ text: 'new' });
  assert.deepEqual(seen.answer, { text: 'new' });
});

test('what is no longer wanted is not asked for again', async ({ mock }) => {
  const server = slowServer();
  let wanted = true;
  const seen = asking(server, { wanted: () => wanted });
  await server.answer(undefined);
  wanted = false;
  mock.timers.tick(1000);
  await settle();
  assert.equal(server.calls.length, 1);
  assert.equal(seen.answer, undefined);
});
