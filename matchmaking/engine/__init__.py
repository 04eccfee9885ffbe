"""The matching engine: values in, ranked candidates with reasons out.

Numpy, scipy.sparse and the standard library only; no Django, no Celery, no import from the project. Importing
this package, `types`, `policy`, `text` or `metrics` loads neither numpy nor scipy, so the web process may use
them.

Reading order: `types` (what goes in and out), `policy` (every weight), `statistics` (what is frozen between
runs), `ranking.Index` (the way in), `signals`, `scoring`, `explaining` (why a candidate stands where it
stands).
"""
