"""What the monitors of suggestions look at, and what they hold it against."""
