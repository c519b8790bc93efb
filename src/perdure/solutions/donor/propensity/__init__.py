"""The chance that a donor returns: which model tells it best, measured so that nothing flatters."""
