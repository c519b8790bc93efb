"""Measurements against named peers."""
