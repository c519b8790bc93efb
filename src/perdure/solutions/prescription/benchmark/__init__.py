"""The honest protocol on visits in the documented format: earlier years against later ones."""
