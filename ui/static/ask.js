/* Every call of the server goes through here, so that a lost connection is said in one sentence and recovers by itself.
   Gradio's server functions throw nothing then: they resolve to undefined, as for any answer that is not a 200. */
export const LOST = 'The connection is lost. It is tried again until it is back.';
const PATIENCE = 30_000; // ms until a call without an answer counts as lost
const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 5000]; // ms between two attempts; each pause is twice the one before

/** The answer, or undefined when the call fails or takes longer than `patience`; what comes later is dropped. */
async function attempt(call, patience) {
  let timer = 0;
  try {
    return await Promise.race([call(), new Promise((resolve) => { timer = setTimeout(resolve, patience); })]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Waits, or goes on at once when the browser says that it is online again. */
function pause(length) {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener('online', go);
      resolve();
    };
    const timer = setTimeout(go, length);
    window.addEventListener('online', go);
  });
}

/**
 * The answer to `call()`, an object, asked for again until it comes: await ask(() => server.report({})).
 * onTrouble(sentence) is called after each attempt that failed; wanted() says whether the answer is still of use,
 * and once it is not, undefined is returned.
 */
export async function ask(call, { onTrouble = () => {}, wanted = () => true, patience = PATIENCE } = {}) {
  for (let length = FIRST_PAUSE; wanted(); length = Math.min(2 * length, LONGEST_PAUSE)) {
    const answer = await attempt(call, patience);
    if (!wanted()) break;
    if (answer && !answer.busy) return answer;
    onTrouble(answer?.busy ?? LOST);
    await pause(length);
  }
  return undefined;
}
