"""What was misread: the validation samples in the gallery, and what visitors corrected."""
