"""How scores are written in pages of matching."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(share: float | None) -> int:
    """A share from 0 to 1 as whole hundredths."""
    return round((share or 0.0) * 100)


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of a key, or None."""
    return mapping.get(key)


@register.filter
def tenths(share: float) -> str:
    """Hundredths with one decimal."""
    return f"{share * 100:.1f}"
