"""The prescription assistant: suggestions for every field of a prescription while it is written."""
