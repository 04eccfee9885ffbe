"""A broker acts for a client under a dated mandate that both have signed."""
