"""Every figure of README, made again from the data it was measured on: `python -m tools.score`."""
