"""The honest protocol of donor engagement: one believed world, then worlds nobody planned for."""
