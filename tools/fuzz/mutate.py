"""Breaking what is valid: bits, lengths, numbers in text, parts cut, doubled or swapped."""

from __future__ import annotations

import random
import re

NUMBERS = (b"0", b"-1", b"1e308", b"1e999", b"NaN", b"-Infinity", b"2147483648", b"9223372036854775808", b'"7"',
           b"null", b"[]", b"{}", b"true", b"1e-320", b"9" * 400)  # fmt: skip
WORDS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
LONGEST = 1 << 20


def mutate(rng: random.Random, corpus: tuple[bytes, ...]) -> bytes:
    """One of the corpus after 1 to 8 changes: bits, bytes, lengths, numbers in text, parts cut, doubled or swapped."""
    raw = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(len(raw) + 1)
        if rng.random() < 0.3:
            at = min(at, rng.randrange(64))  # headers decide most
        length = min(rng.choice((1, 2, 4, 16, 256)), len(raw) - at)
        kind = rng.randrange(8)
        if kind == 0 and length:
            raw[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            raw[at : at + length] = rng.randbytes(length)
        elif kind == 2:
            del raw[at : at + length]
        elif kind == 3:
            raw[at:at] = raw[at : at + length] * rng.choice((1, 2, 50))
        elif kind == 4:
            del raw[at:]
        elif kind == 5:
            numbers = list(re.finditer(rb"-?\d+(?:\.\d+)?", raw[:20_000]))
            if numbers:
                found = rng.choice(numbers)
                raw[found.start() : found.end()] = rng.choice(NUMBERS)
        elif kind == 6 and len(raw) >= at + 4:
            raw[at : at + 4] = rng.choice(WORDS).to_bytes(4, rng.choice(("little", "big")))
        elif kind == 7:
            other = rng.choice(corpus)
            start = rng.randrange(len(other) + 1)
            raw[at : at + length] = other[start : start + rng.choice((4, 64, 4096))]
    return bytes(raw[:LONGEST])
