"""The generated part of the documentation: one module per page, each with ``pages()``."""
