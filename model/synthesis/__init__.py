"""Handwriting drawn by code: digits, and what is no digit."""
