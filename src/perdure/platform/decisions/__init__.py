"""Decisions: who gets which action, under which limits, with which chance; kept for good."""
