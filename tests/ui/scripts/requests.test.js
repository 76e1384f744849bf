import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { settle, slowServer } from './support.js';
import { Requests } from '../../../ui/draw/requests.js';

beforeEach(({ mock }) => mock.timers.enable({ apis: ['setTimeout'] }));

/** A pad whose drawing is `pad.ink`; `pad.shown` are the answers that it got, `pad.said` the sentences. */
function padWith(server) {
  const pad = { ink: '', down: false, shown: [], said: [] };
  pad.requests = new Requests({
    read: () => server.call(pad.ink),
    show: (answer, version) => pad.shown.push([answer.text, version]),
    drawing: () => pad.down,
    onTrouble: (sentence) => pad.said.push(sentence),
    patience: 4000,
    clock: () => 1000, // no time goes by
  });
  pad.change = (ink) => {
    pad.ink = ink;
    pad.requests.changed();
  };
  return pad;
}

test('a change is asked about at once', async () => {
  const server = slowServer();
  const pad = padWith(server);
  pad.change('a');
  assert.deepEqual(server.calls, ['a']);
  assert.equal(pad.requests.settled, false);
  await server.answer({ text: '1' });
  assert.deepEqual(pad.shown, [['1', 1]]);
  assert.equal(pad.requests.settled, true);
});

test('one request is on its way at most, and the newest drawing is next', async () => {
  const server = slowServer();
  const pad = padWith(server);
  for (const ink of ['a', 'ab', 'abc']) pad.change(ink);
  assert.deepEqual(server.calls, ['a']);
  await server.answer({ text: '1' });
  assert.equal(pad.requests.settled, false);
  assert.deepEqual(server.calls, ['a', 'abc']);
  await server.answer({ text: '2' });
  assert.deepEqual(pad.shown, [['1', 1], ['2', 3]]);
  assert.equal(pad.requests.settled, true);
});

test('while the pen moves, requests keep a distance in time; when it is lifted, the last one goes at once', async ({ mock }) => {
  const server = slowServer();
  const pad = padWith(server);
  pad.down = true;
  pad.change('a');
  await server.answer({ text: '1' });
  pad.change('ab');
  pad.change('abc');
  assert.equal(server.calls.length, 1);
  mock.timers.tick(60);
  assert.deepEqual(server.calls, ['a', 'abc']);
  await server.answer({ text: '2' });
  pad.change('abcd');
  pad.down = false;
  pad.change('abcde');
  assert.deepEqual(server.calls, ['a', 'abc', 'abcde']);
  mock.timers.tick(60);
  assert.equal(server.calls.length, 3, 'the request that waited is not sent as well');
});

test('after a lost connection the drawing of that moment is read', async ({ mock }) => {
  const server = slowServer();
  const pad = padWith(server);
  pad.change('a');
  await server.answer(undefined);
  assert.equal(pad.said.length, 1);
  pad.change('ab');
  assert.deepEqual(server.calls, ['a'], 'changes do not press a server that is away');
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(server.calls, ['a', 'ab']);
  await server.answer({ text: '2' });
  assert.deepEqual(pad.shown, [['2', 2]]);
  assert.equal(pad.requests.settled, true);
});

test('an answer that comes too late is dropped', async ({ mock }) => {
  const server = slowServer();
  const pad = padWith(server);
  pad.change('a');
  mock.timers.tick(4000);
  await settle();
  pad.change('b');
  mock.timers.tick(1000);
  await settle();
  await server.answer({ text: 'of a' });
  await server.answer({ text: 'of b' });
  assert.deepEqual(pad.shown, [['of b', 2]]);
});
