"""A made-up blood service whose truth is known."""
