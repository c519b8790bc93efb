"""The application: JSON API under ``/api/v1``, the console's pages, and what guards both."""
