"""States and kinds of experts (lifecycles.md, records.md §3.5)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExpertState(models.TextChoices):
    NOMINATED = "nominated", _("nominated, consent pending")
    CONSENTED = "consented", _("consented")
    UNIT_AGREED = "unit_agreed", _("agreed by the unit")
    RETURNED = "returned", _("returned for correction")
    REFUSED = "refused", _("refused")
    IN_POOL = "in_pool", _("in the pool")
    SUSPENDED = "suspended", _("suspended")
    EXPIRED = "expired", _("term ended")
    LEFT = "left", _("left at own wish")
    MERGED = "merged", _("merged into another entry")


class ExpertKind(models.TextChoices):
    TECHNICAL = "technical", _("technical")
    INDUSTRY = "industry", _("industry")
    INVESTMENT = "investment", _("investment")
    IP = "ip", _("intellectual property")
    LEGAL_FINANCE = "legal_finance", _("legal and finance")
    MANAGEMENT = "management", _("management")


class Service(models.TextChoices):
    DIAGNOSIS = "diagnosis", _("need diagnosis")
    REVIEW = "review", _("review")
    CONSULTING = "consulting", _("consulting")
    ANSWER = "answer", _("answering open competitions")
    TECH_VP = "tech_vp", _("technology vice president")


EDITABLE = (ExpertState.NOMINATED, ExpertState.RETURNED)
# A refused entry stays where it is; withdrawing its consent is all that is left to do with it.
LEAVABLE = (
    ExpertState.NOMINATED, ExpertState.CONSENTED, ExpertState.UNIT_AGREED, ExpertState.RETURNED,
    ExpertState.IN_POOL, ExpertState.SUSPENDED, ExpertState.EXPIRED, ExpertState.MERGED,
)  # fmt: skip
# Entries that the nightly search compares, and that may leave for another one: the person consented, and is here.
COMPARED = (ExpertState.CONSENTED, ExpertState.UNIT_AGREED, ExpertState.IN_POOL, ExpertState.SUSPENDED,
            ExpertState.EXPIRED)  # fmt: skip


class Answer(models.TextChoices):
    """What a unit says when an officer asks whether two entries are one person."""

    SAME = "same", _("the same person")
    OTHER = "other", _("another person")


class WorkKind(models.TextChoices):
    PAPER = "paper", _("paper")
    PATENT = "patent", _("patent")
    STANDARD = "standard", _("standard")
    PROJECT = "project", _("project")
    AWARD = "award", _("award")
    BOOK = "book", _("book")
    OTHER = "other", _("other work")
