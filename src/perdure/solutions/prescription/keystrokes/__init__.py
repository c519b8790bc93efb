"""A simulated doctor who counts what must be typed and clicked, with suggestions and without."""
