"""From tables to a candidate: learned on earlier visits, measured on later ones."""
