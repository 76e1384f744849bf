"""Ink -> digits in reading order."""
