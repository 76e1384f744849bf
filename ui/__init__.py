"""The page: one module per tab, and `page` with what they share."""
