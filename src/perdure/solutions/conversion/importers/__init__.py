"""Readers of official files: columns by name across eras, rows in the contracts' columns.

Each reader module has ``recognises(header)``, which tells a file of its kind by its header, and
``read(path, settings, progress)``, which yields (table, rows, source). Files stream: a reader
holds one batch at a time. Suppressed and blank cells stay empty, never 0.
"""
