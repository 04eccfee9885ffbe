"""The calibration that an installation begins with, until it has grades of its own.

Printed by `python bench/learning.py beginning` from the 2 x 600 hand-graded pairs of the sample data, see
bench/data/README.md. Those texts are invented, complete and easily told apart, so the log odds are halved
around the tenth of strong pairs that is found among graded pairs of real needs: no score states one half.
Steps are (score, probability, graded pairs).
"""

Steps = tuple[tuple[float, float, int], ...]

OFFERS: Steps = (
    (0.2341, 0.0072, 421),
    (0.3947, 0.0349, 114),
    (0.6451, 0.4011, 65),
)
EXPERTS: Steps = (
    (0.2212, 0.0085, 302),
    (0.2863, 0.0539, 43),
    (0.3239, 0.0623, 116),
    (0.3820, 0.1170, 70),
    (0.4548, 0.1598, 29),
    (0.5846, 0.4404, 40),
)
