"""Records that two owners may have entered both, whatever their kind: found by night, decided by an officer.

This floor keeps what is the same for every kind: the pairs, the nightly search, the comparison of titles, the decision
and the pages. A pool registers its kind (`kinds.register`) and says what its evidence is and what a decision does.
Nothing is ever deleted, and every decision can be undone.
"""
