"""Finds digits on a whole page with one network: evidence for what `model.segment` takes apart and DigitNet reads."""
