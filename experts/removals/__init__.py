"""People in the pool who have no account ask not to be listed (PIPL 27, 44, 47)."""
