"""A generated world of physicians whose true chance of conversion is known."""
