"""Feature declarations that are long enough to stand by themselves, one family a file."""
