"""Personal data: what is held of a person, to whom it was shown, what the person may ask for (PIPL 13–24, 44–50).

Rooms above register in `rooms.py` what they hold of a person; nothing here knows them.
"""
