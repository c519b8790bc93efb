"""The engine: visits as numbers, what was learned from them, and ranked candidates."""
