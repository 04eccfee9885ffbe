"""Finding: one search over all pools, searches that are kept and tell what is new, records side by side."""
