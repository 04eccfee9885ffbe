"""Programmes are reference data; builders only pick them."""

from matchmaking.programmes.models import Programme


def programme(code: str = "BYBXWQ") -> Programme:
    """One of the two programmes that `load_programmes` brings."""
    return Programme.objects.get(code=code)
