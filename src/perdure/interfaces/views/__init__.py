"""What each page and API answer shows, read from the platform: one module per page.

The only place of the interfaces that calls platform functions for reading. Console templates
and API models both render these plain records.
"""
