/* Addresses: #mistakes/4-9 is a filter, #mistakes/escapes/any-9 another, #mistakes/4-9/row-394 a sample. */
const word = (digit) => digit ?? 'any';
const digitOf = (text) => (text === 'any' ? null : Number(text));

/** The address of a filter {kind, true, predicted} and of the CSV's row that is open, null for none. */
export function toAddress({ kind, true: written, predicted }, row) {
  const parts = [
    kind === 'escapes' && 'escapes',
    (written !== null || predicted !== null) && `${word(written)}-${word(predicted)}`,
    row !== null && `row-${row}`,
  ];
  return ['#mistakes', ...parts.filter(Boolean)].join('/');
}

/** {filter, row} of an address; what names nothing is left out. */
export function fromAddress(address) {
  const parts = address.split('/').slice(1);
  const [, written = 'any', predicted = 'any'] = parts.map((part) => part.match(/^(\d|any)-(\d|any)$/)).find(Boolean) ?? [];
  const row = parts.find((part) => /^row-\d+$/.test(part));
  return {
    filter: { kind: parts.includes('escapes') ? 'escapes' : 'misread', true: digitOf(written), predicted: digitOf(predicted) },
    row: row ? Number(row.slice(4)) : null,
  };
}
