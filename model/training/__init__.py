"""From the CSV to weights; serving never imports it."""
