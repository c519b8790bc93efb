"""One folder per question; each is found by its manifest, none imports another."""
