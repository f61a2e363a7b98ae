"""Rules, screening and change impact over the evidence graph."""
