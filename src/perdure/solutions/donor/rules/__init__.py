"""Donation rules by country, as data: intervals, haemoglobin, incentives, quiet hours."""
