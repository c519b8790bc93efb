"""A generated practice with a known answer: who comes, what is entered, and how likely it was."""
