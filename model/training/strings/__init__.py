"""Training of the string network, on strings that are drawn while it trains."""
