/* What Draw and Photo share of correcting: what is stored and where, asked once, and the storing itself. */
const noDigit = 'no digit';
const spoken = (label) => (label === null ? noDigit : `a ${label}`);
const fixes = { notice: undefined }; // a sentence; null where corrections are off; undefined until it was asked

/** Whether corrections are kept here. */
async function keepsCorrections() {
  if (fixes.notice === undefined) {
    try {
      fixes.notice = (await server.correcting({})).notice;
    } catch { /* asked again with the next reading */ }
  }
  return Boolean(fixes.notice);
}

/** Stores that the digit with these `pixels` is `label`, null for no digit. Returns a sentence. */
async function keep(pixels, label) {
  try {
    const { stored, message } = await server.correct({ pixels, digit: label });
    return { stored: Boolean(stored), sentence: stored ?? message };
  } catch {
    return { stored: false, sentence: 'The connection is lost, so it may not be stored. Pressing it twice does no harm.' };
  }
}
