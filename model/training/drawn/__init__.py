"""Training on what is drawn while it trains: what the page network and the string network have in common."""
