"""The compiled core of the engine: which documents share most with a need, exactly, for whole batches of needs.

    postings = Postings.build(rows)                    # documents x terms, sparse
    best = top_k(postings, needs, 20, threads=2)       # needs x terms, sparse; exact, ties by position

Pure arrays: no Django, no texts except in `tokens`. Only the modules whose names end in `loops` import numba, when
the first batch is scored, so a process without it can import everything else.
"""
