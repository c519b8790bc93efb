"""Command line, HTTP API and console."""
