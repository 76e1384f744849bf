"""Picture -> ink -> 28×28: what a drawing or a photo looks like to the network."""
