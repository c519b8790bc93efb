"""Tables of the knowledge base from files: our own CSV, ONC, NDF-RT and the ANSM thesaurus."""
