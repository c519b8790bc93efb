"""Readers of donor data: UCI transfusion as it is, and a donor CRM's export."""
