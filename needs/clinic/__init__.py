"""The need clinic: what a need says, what it lacks, and what it gives away. Pure functions over plain values."""
