"""Addresses of the prescription assistant: what each takes, what answers, and no web framework."""
