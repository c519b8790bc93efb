"""CDS Hooks 2.0.1: cards at the moments at which an EHR asks for them.

Only what the call brings is read. No address that a client names is ever opened.
"""
