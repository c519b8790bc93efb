"""Inference: scores for many rows in bounded memory, and for one row, the same to the last bit."""
