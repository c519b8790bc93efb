"""Conversion: which physicians will write the brand for the first time?

Seeds 000 and 002. The decision is whom a representative should call on next, and why.
"""
