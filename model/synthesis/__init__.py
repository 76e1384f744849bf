"""Handwriting drawn by code: digits, and what is not a digit."""
