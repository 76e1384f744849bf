import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Game, PROMPTS } from '../../../ui/draw/play.js';

test('ten prompts, one for each digit, which name it', () => {
  assert.deepEqual(PROMPTS.map(([digit]) => digit).sort(), [...Array(10).keys()]);
  for (const [digit, words] of PROMPTS) assert.match(words, new RegExp(`^an? ${digit} `));
});

test('a game from the first prompt to the line to copy', () => {
  const game = new Game();
  assert.equal(game.prompt.digit, 4);
  assert.equal(game.record('4'), false);
  game.next();
  assert.equal(game.record('1'), true);
  assert.equal(game.line, 'I fooled the digit reader 1 time in 2: a 7 was read as 1.');
  while (game.prompt.digit !== 8) game.next();
  game.record('');
  assert.equal(game.line, 'I fooled the digit reader 2 times in 3: a 7 was read as 1, an 8 was read as no digit.');
  while (!game.over) game.next();
});

test('nothing was fooled', () => {
  const game = new Game();
  game.record('4');
  assert.equal(game.line, 'I fooled the digit reader 0 times in 1.');
});
