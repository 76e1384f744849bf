"""Training of the page network, on crops that are drawn while it trains."""
