"""Pages of technical needs."""
