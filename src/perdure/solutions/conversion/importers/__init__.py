"""Readers of official files: columns by name across eras, rows in the contracts' columns.

Each reader module has ``recognises(header)``, which tells a file of its kind by its header,
``read(path, settings, progress, refusals)``, which yields (table, rows, source), and ``MAIN``, the
table that the file is about: rows that cannot be handed on are set aside there, once, however many
tables the file fills. Files stream: a reader holds one batch at a time. Suppressed and blank cells
stay empty, never 0.
"""
