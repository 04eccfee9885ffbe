"""States of a pair, and what speaks for or against it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PairState(models.TextChoices):
    FOUND = "found", _("to be looked at")
    DIFFERENT = "different", _("told apart")
    MERGED = "merged", _("merged")


class Reason(models.TextChoices):
    """Why a pair is shown; the last ones are what a reader should weigh against it."""

    IP_NUMBER = "ip_number", _("same number of a right")
    ACCOUNT = "account", _("same account")
    TITLE = "title", _("similar title")
    NAME = "name", _("same name")
    TEXT = "text", _("similar description")
    COMPLETERS = "completers", _("same completers")
    UNIT = "unit", _("unit in common")
    PROGRAMMES = "programmes", _("one owner in two programmes")
    ENTERPRISE = "enterprise", _("same enterprise")
    PARK = "park", _("a park and its tenant")
    ORGANISATION = "organisation", _("same organisation")
    DIRECTIONS = "directions", _("similar research directions")
    WORKS = "works", _("work in common")
    FIELDS = "fields", _("same technical fields")
    PRIVATE = "private", _("personal details agree")
    INDICATORS = "indicators", _("same indicators")
    INDICATORS_DIFFER = "indicators_differ", _("indicators differ")
    TITLES_DIFFER = "titles_differ", _("titles differ")


AGAINST = frozenset({Reason.INDICATORS_DIFFER, Reason.TITLES_DIFFER})
# A pair that was told apart comes back when one of these is found that was not known then.
DECISIVE = frozenset({Reason.IP_NUMBER, Reason.ACCOUNT})
