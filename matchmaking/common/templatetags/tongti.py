"""Template tags and filters of the whole portal."""

from django import template

register = template.Library()
