"""Formularies from files of others."""
