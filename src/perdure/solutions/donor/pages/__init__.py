"""Pages of donor engagement: today's contacts, the policy, other worlds, and the own log."""
