"""Complaints as doctors type them, brought to one form."""
