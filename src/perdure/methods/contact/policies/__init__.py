"""Contact policies: one a file, all asked in the same way (see ``policy.py``)."""
