"""The honest protocol: what ``perdure bench conversion`` measures, and by which rules."""
