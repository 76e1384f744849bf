"""What was read wrong: the misread validation samples, and what visitors corrected."""
