"""Reads handwritten digits as people draw them: see `DigitReader`."""

import sys

try:
    from model.reader import DigitReader
    from model.reading import Digit, Reading
except KeyboardInterrupt:  # Ctrl-C while PyTorch is loaded for `python -m model`, whose own code has not begun
    if sys.argv[0] != "-m":
        raise
    sys.exit(130)

__all__ = ["Digit", "DigitReader", "Reading"]
