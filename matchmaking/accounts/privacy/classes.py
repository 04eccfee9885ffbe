"""The class of every column: public, internal, confidential, personal, sensitive (DSL 21, PIPL 51; ASVS 14.1.1).

What is personal stands in the register of fields. Of everything else the class is that of its column, else of its
table, else of its app; the class of an app is the strictest that its tables have, so what nobody thought of is held
close and not far. Named as text, because this floor knows no rooms.
"""

from collections import Counter
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.privacy.field_register import FIELDS


class DataClass(models.TextChoices):
    PUBLIC = "public", _("public")
    INTERNAL = "internal", _("internal")
    CONFIDENTIAL = "confidential", _("confidential")
    PERSONAL = "personal", _("personal")
    SENSITIVE = "sensitive", _("sensitive")


# What each class asks for: who reads it, and how it is kept (ASVS 14.1.2).
HANDLING: dict[str, Any] = {
    DataClass.PUBLIC: _("may be shown to everybody where its owner says so"),
    DataClass.INTERNAL: _("for the work of the portal; shown to those whose task it is"),
    DataClass.CONFIDENTIAL: _(
        "shown to its owner, those who decide, and whom the owner lets in; never in logs or mails"
    ),
    DataClass.PERSONAL: _("with purpose, basis and retention in the register; contacts encrypted, each opening logged"),
    DataClass.SENSITIVE: _("only with a consent of its own; none is collected"),
}

APPS: dict[str, DataClass] = {
    "auth": DataClass.INTERNAL,
    "contenttypes": DataClass.INTERNAL,
    "sessions": DataClass.CONFIDENTIAL,
    "account": DataClass.CONFIDENTIAL,
    "mfa": DataClass.CONFIDENTIAL,
    "usersessions": DataClass.CONFIDENTIAL,
    "socialaccount": DataClass.CONFIDENTIAL,
    "axes": DataClass.CONFIDENTIAL,
    "knox": DataClass.CONFIDENTIAL,
    "vocabularies": DataClass.PUBLIC,
    "programmes": DataClass.PUBLIC,
    "jobs": DataClass.INTERNAL,
    "activity": DataClass.CONFIDENTIAL,
    "notifications": DataClass.CONFIDENTIAL,
    "accounts": DataClass.CONFIDENTIAL,
    "intake": DataClass.CONFIDENTIAL,
    "catalog": DataClass.CONFIDENTIAL,
    "needs": DataClass.CONFIDENTIAL,
    "experts": DataClass.CONFIDENTIAL,
    "matching": DataClass.CONFIDENTIAL,
    "finding": DataClass.CONFIDENTIAL,
}
TABLES: dict[str, DataClass] = {
    **dict.fromkeys(
        ("accounts.Organisation", "accounts.OrganisationAlias", "accounts.OrganisationQualification",
         "catalog.Achievement", "catalog.AchievementIndicator", "catalog.CompletingUnit", "catalog.Completer",
         "catalog.Honour", "catalog.IPItem", "needs.TechNeed", "needs.TalentPost", "experts.Expert",
         "experts.ExpertWork", "experts.Team", "experts.TeamMember"), DataClass.PUBLIC),
    **dict.fromkeys(
        ("accounts.User", "accounts.Membership", "accounts.LeftAlone", "activity.Seal", "activity.Anchor",
         "activity.Unsealed", "intake.DuplicateSearch", "intake.FormReceipt", "intake.HeaderMapping",
         "intake.ReviewTask", "matching.MatchRun", "matching.RunShard", "matching.RunNeed", "matching.RunTarget",
         "matching.StatisticsVersion", "matching.RankingModel", "matching.TargetLoad"), DataClass.INTERNAL),
}  # fmt: skip
COLUMNS: dict[str, DataClass] = {
    "accounts.User.password": DataClass.CONFIDENTIAL,
    "accounts.Organisation.return_reason": DataClass.CONFIDENTIAL,
    "accounts.Organisation.credential_file": DataClass.CONFIDENTIAL,
}


class Unclassified(Exception):
    """An app came in of which nobody said how close its data are held."""


def class_of(field: Any) -> DataClass:
    """The class of a column of a model. Raises Unclassified for a column of an app that is not named here."""
    model = field.model._meta  # noqa: SLF001 (Django's documented door)
    label = f"{model.label}.{field.name}"
    if label in FIELDS:
        return DataClass(FIELDS[label].kind)
    found = COLUMNS.get(label) or TABLES.get(model.label) or APPS.get(model.app_label)
    if found is None:
        raise Unclassified(label)
    return found


def counted() -> dict[DataClass, int]:
    """How many columns each class has, over all tables."""
    found = Counter(class_of(field) for model in apps.get_models() for field in model._meta.concrete_fields)  # noqa: SLF001
    return {one: found[one] for one in DataClass}


def described() -> list[tuple[Any, int, Any]]:
    """(class, how many columns, what it asks for), for the page."""
    return [(one.label, count, HANDLING[one]) for one, count in counted().items()]
