"""The outbox: decided actions on their way out, checked again, sent once, and never unasked."""
