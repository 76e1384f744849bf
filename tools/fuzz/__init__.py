"""Broken inputs through every door of the product."""
