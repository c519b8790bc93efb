"""Features and labels as they were known at a moment: declared once, compiled to SQL.

``compute`` answers "what were the features of these entities at these moments?", ``labels`` "what
happened afterwards?", ``materialise`` and ``training_set`` keep the answers as versioned tables,
``online`` serves them one row at a time.
"""
