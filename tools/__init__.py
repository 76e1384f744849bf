"""Programs around the product: measuring, comparing, breaking, and writing what they found into the documents."""
