"""What speaks against a medicine: interactions, allergies, pregnancy, age, duplicates."""
