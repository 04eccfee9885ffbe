"""Pages of talent posts."""
