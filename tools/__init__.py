"""Checks of the house and makers of generated files."""
