"""A tiny recommender: which items does a group of buyers take most often?

No feature views, no label, no proposals: it learns from a table and answers online.
"""
