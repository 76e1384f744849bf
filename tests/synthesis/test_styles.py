"""styles.txt: what it holds, and what is said when a line of it cannot be read."""

from __future__ import annotations

import numpy as np
import pytest

from model.synthesis.paths import POINTS, parse
from model.synthesis.styles import STROKES_OF_A_GLYPH, library, read_styles


def test_the_file_holds_ten_digits_symbols_and_simple_strokes() -> None:
    digits, symbols, strokes = library()
    assert len(digits) == 10 and min(map(len, digits)) >= 3
    assert len(symbols) > 300 and len({symbol.name for symbol in symbols}) > 300
    assert all(stroke.curve.shape[0] == POINTS // STROKES_OF_A_GLYPH for stroke in strokes)


def test_a_path_is_strokes_of_commands_with_their_points() -> None:
    first, second = parse("M0 0 L10 -20.5 R30 40 50 60 M1 2")
    assert [command for command, _ in first] == ["M", "L", "R"]
    assert np.array_equal(first[1][1], [[10, -20.5]])
    assert np.array_equal(first[2][1], [[30, 40], [50, 60]])
    assert np.array_equal(second[0][1], [[1, 2]])


def test_straight_lines_pass_through_the_control_points() -> None:
    for style in library().digits[2]:
        drawn = style.straight @ style.controls[0]
        nearest = np.linalg.norm(drawn[:, None] - style.controls[0], axis=2).min(axis=0)
        assert nearest.max() < 0.1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[digits]\n0 plain much M0 0 L1 1", "line 2: got the weight 'much'"),
        ("[digits]\n0 plain -1 M0 0 L1 1", "line 2: got the weight '-1'"),
        ("[digits]\n11 plain 1 M0 0 L1 1", "line 2: got the digit '11'"),
        ("# a note\n\n[digits]\n0 plain 1 M0 0 L1", "line 4: parsing a path: got 'M0 0 L1', expected M x y first"),
        ("[digits]\n0 plain 1 L0 0", "expected M x y first"),
        ("[digits]\n0 plain 1 M0 0 C1 1", "expected M x y first"),
        ("[symbols]\nA x 1 M0 0 L1 1", "A looks like 'x'"),
        ("[symbols]\nA -", "expected 4 columns in"),
        ("[letters]\nA - M0 0", r"got the section \[letters\], expected digits, symbols, strokes"),
        ("A - M0 0", r"got the section \[\]"),
        ("[digits]\n0 plain 1 M0 0 L1 1", "got no line for some digit or section"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_styles(line)
