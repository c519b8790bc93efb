"""Charts as data: an option for the browser, and the sentence and table that say the same."""
