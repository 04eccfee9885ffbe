"""Achievements that two organisations may have entered both, as a kind of pairs (`matchmaking.intake.duplicates`).

Nothing is deleted: a merged record is withdrawn, keeps its number, and points to the one that was kept; an undone
merge puts it back where it stood.
"""
