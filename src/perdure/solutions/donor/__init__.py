"""Donor engagement: whether to contact a blood donor, when, and with what."""
