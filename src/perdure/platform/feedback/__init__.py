"""Feedback and outcomes: what became of decisions, and what can be known from it."""
