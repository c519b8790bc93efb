"""Compatibility with seed 000: its CSV and configuration files run unchanged, and are judged.

The public demo project of a physician conversion model (MIT licence, 2023) is a flat table with
a label, a feature configuration and a training configuration. Its accuracy is reproduced, set
beside what guessing achieves, and the file is checked for what its numbers are worth.
"""
