"""The words that every part of perdure shares; imports nothing heavy."""
