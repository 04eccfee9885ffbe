"""The calibration that an installation begins with, until it has grades of its own.

Printed by `python bench/learning.py beginning` from the 2 x 600 hand-graded pairs of the sample data, see
bench/data/README.md. Those texts are invented, complete and easily told apart, so the log odds are halved
around the tenth of strong pairs that is found among graded pairs of real needs, and no score states one half.
Every need that has an answer is there once more without it, as many real needs have none. Above the last step
all graded pairs are strong, so nothing is known of a difference there. Steps are (score, probability, pairs).
"""

Steps = tuple[tuple[float, float, int], ...]

OFFERS: Steps = (
    (0.2342, 0.0055, 450),
    (0.3935, 0.0353, 109),
    (0.5351, 0.2055, 14),
    (0.6888, 0.4500, 27),
)
EXPERTS: Steps = (
    (0.2215, 0.0065, 322),
    (0.2864, 0.0523, 45),
    (0.3241, 0.0623, 118),
    (0.3817, 0.1208, 64),
    (0.4456, 0.1575, 20),
    (0.5637, 0.4126, 30),
)
