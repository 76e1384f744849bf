/* The words at the boxes on the pad, short where there is no room for more. */
const GAP = 6; // pad units between a label and its neighbour

/** [long, short] words for a digit. */
function words({ state, label, probabilities: p }) {
  return state === 'no' ? ['no digit', '–'] : [`${label} · ${Math.round(100 * p[label])}%`, String(label)];
}

/** Where a label lies: {text, x, y} of its lower left corner, in pad units. */
function place(text, { box }, size) {
  const [left, top, , bottom] = box;
  const above = top - 10 - size > 0;
  return { text, x: Math.max(4, left - 7), y: above ? top - 10 : bottom + 10 + size };
}

function collide(labels, size, widthOf) {
  return labels.some((one, index) => labels.slice(index + 1).some((other) => {
    const [first, second] = one.x <= other.x ? [one, other] : [other, one];
    return Math.abs(one.y - other.y) < size && first.x + widthOf(first.text) + GAP > second.x;
  }));
}

/** The labels of all digits, `size` high: long ones, or short ones when any two long ones would touch or one leaves the pad. */
export function placeLabels(digits, size, widthOf, padWidth) {
  const long = digits.map((digit) => place(words(digit)[0], digit, size));
  const outside = long.some(({ text, x }) => x + widthOf(text) > padWidth);
  if (!outside && !collide(long, size, widthOf)) return long;
  return digits.map((digit) => place(words(digit)[1], digit, size));
}
