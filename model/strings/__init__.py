"""Reads strings of digits that touch with one network: evidence for where one digit ends and the next begins."""
