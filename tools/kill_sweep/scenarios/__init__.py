"""The pieces of work that the sweep kills."""
