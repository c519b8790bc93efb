"""Medicine strings as structured data, and which molecules a brand holds."""
