"""The calibration that an installation begins with, until it has grades of its own.

Printed by `python bench/learning.py beginning` from the 2 x 600 hand-graded pairs of the sample data, see
bench/data/README.md. Those texts are invented, complete and easily told apart, so the log odds are halved
around the tenth of strong pairs that is found among graded pairs of real needs, and no score states one half.
Every need that has an answer is there once more without it, as many real needs have none. Above the last step
all graded pairs are strong, so nothing is known of a difference there. Both ends of every step are
(score, probability, pairs of the step).
"""

Steps = tuple[tuple[float, float, int], ...]

OFFERS: Steps = (
    (0.10156, 0.0055, 450),
    (0.34438, 0.0055, 450),
    (0.34478, 0.0353, 109),
    (0.49473, 0.0353, 109),
    (0.49482, 0.1377, 11),
    (0.56016, 0.1377, 11),
    (0.63056, 0.4500, 30),
    (0.76063, 0.4500, 30),
)
EXPERTS: Steps = (
    (0.13988, 0.0060, 376),
    (0.29826, 0.0060, 376),
    (0.29879, 0.0456, 60),
    (0.32741, 0.0456, 60),
    (0.32745, 0.0835, 79),
    (0.37294, 0.0835, 79),
    (0.37320, 0.1262, 39),
    (0.42687, 0.1262, 39),
    (0.43115, 0.1690, 10),
    (0.46698, 0.1690, 10),
    (0.46907, 0.1848, 11),
    (0.49961, 0.1848, 11),
    (0.50314, 0.3188, 6),
    (0.54032, 0.3188, 6),
    (0.58432, 0.4500, 18),
    (0.74305, 0.4500, 18),
)
