"""Search as you type over diagnoses, complaints, medicines and tests."""
