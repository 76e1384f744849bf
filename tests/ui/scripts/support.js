/* What the tests of the page's scripts share: a window to be online in, and answers that come when the test wants. */
globalThis.window = new EventTarget();

/** Lets everything that is ready go on. */
export const settle = () => new Promise((resolve) => { setImmediate(resolve); });

/** A server whose calls wait: `calls` holds what was asked, answer(value) answers the oldest call. */
export function slowServer() {
  const waiting = [];
  const calls = [];
  return {
    calls,
    call: (asked) => {
      calls.push(asked);
      return new Promise((resolve, reject) => { waiting.push({ resolve, reject }); });
    },
    answer: (value) => {
      waiting.shift().resolve(value);
      return settle();
    },
    fail: () => {
      waiting.shift().reject(new Error('no route'));
      return settle();
    },
  };
}
