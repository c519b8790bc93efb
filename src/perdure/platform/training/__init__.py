"""Training: how a candidate is made, chosen on later data, measured, and described."""
