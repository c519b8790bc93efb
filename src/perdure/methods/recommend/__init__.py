"""What goes with what has been entered: counts, linear completion, habits, and a ranker on top."""
