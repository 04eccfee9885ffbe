"""Which cells of a table person × state × visibility are visited one by one.

The querysets, those of pages and those of the API, are compared over the whole table, which takes one query for each
person. A request takes a thousand times as long, and whether a record is found is the queryset's business: requests
need only show that pages and API ask it.
"""


def visited(person: int, state: int, visibility: int, *, visibilities: int, turn: int = 0) -> bool:
    """Whether this cell is asked for, given the places of its person, state and visibility: one of `visibilities` is.

    Each person meets every state and every visibility, and each state every visibility; with another `turn` in others
    of the cells.
    """
    return (person + state + visibility) % visibilities == turn
