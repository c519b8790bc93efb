"""The files of a new solution, as templates."""
