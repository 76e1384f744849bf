"""Reads handwritten digits as people draw them: see `DigitReader`."""

from model.reader import Digit, DigitReader, Reading

__all__ = ["Digit", "DigitReader", "Reading"]
