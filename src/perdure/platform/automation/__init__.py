"""Runs: what was done, from which versions to which, once and only once."""
