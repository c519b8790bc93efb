"""The pad: a page on which a doctor writes a prescription, and the pages around it."""
