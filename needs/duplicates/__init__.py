"""Needs that may be one challenge: filed by a park and its tenant, by two enterprises, or to two programmes.

Nothing is merged, for a need belongs to its owner: an officer links both, the lists then show one of them, the pages of
both and the officers' pages of their matches name the other one, and the link can be undone.
"""
