"""From donations and logged contacts to a policy that has been played, chosen and measured."""
