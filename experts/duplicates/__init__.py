"""Entries of two units that may be one person, as a kind of pairs (`matchmaking.intake.duplicates`).

Only entries to which the person consented are compared, and only by what the form asks: name, account, year of birth,
gender, organisation, works, research directions. Contact data stay encrypted. The officer asks both units, then one
entry is merged into the other one; nothing is deleted, and the merge can be undone.
"""
