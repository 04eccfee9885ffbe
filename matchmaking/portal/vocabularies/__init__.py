"""The pages on which the data steward cares for the code tables."""
