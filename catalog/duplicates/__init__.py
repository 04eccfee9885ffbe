"""Achievements that two organisations may have entered both: found by night, decided by an officer, undone by nobody.

Nothing is deleted: a merged record is withdrawn, keeps its number, and points to the one that was kept.
"""
