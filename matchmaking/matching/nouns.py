"""What answers a need: the three models, and what each is called in columns, addresses and runs."""

from typing import Any

from catalog.models import Achievement
from experts.models import Expert, Team

Answer = Achievement | Expert | Team
NOUNS: dict[type[Any], str] = {Achievement: "achievement", Expert: "expert", Team: "team"}


def noun_of(answer: Answer) -> str:
    """What the model of a record is called."""
    return NOUNS[type(answer)]
