"""Crops of pages drawn by code, with a box around each digit: what the page network is trained on. Needs no torch."""
