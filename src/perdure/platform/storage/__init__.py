"""Tables, operational records and artefacts: whole or not there, and never lost once promised."""
