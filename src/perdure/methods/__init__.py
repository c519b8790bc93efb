"""The mathematics: pure functions and estimators, no input or output."""
