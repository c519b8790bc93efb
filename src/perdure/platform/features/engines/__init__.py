"""Engines that run compiled feature plans; one file per engine."""
