"""Achievements of an upload handed in together: the unit's one opinion and declaration stand for all that were ticked.

Loaded at start by intake, which calls every app's `handing_on`.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.enums import EDITABLE
from catalog.models import Achievement
from catalog.selectors import for_checking
from catalog.services import missing_fields, submit_achievements
from catalog.versioning import label_of
from matchmaking.accounts.models import User
from matchmaking.common.fields import TextField
from matchmaking.intake.handing_on import Draft, HandingOn, Left, register


class HandOnForm(forms.Form):
    """What the unit says of every record that it hands in."""

    opinion = TextField(
        label=_("Opinion of the unit"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), initial="同意推荐",
        help_text=_("One opinion for all records that are ticked. Your name and the date are added."),
    )  # fmt: skip
    secrecy_declared = forms.BooleanField(
        label=_("We declare that these records hold no state secrets and may be published."),
        error_messages={"required": _("Without this declaration the record cannot be submitted.")},
    )


def waiting(user: User, uuids: QuerySet[Any]) -> QuerySet[Achievement]:
    """Drafts and returned records among these that wait for the unit, in the order of their numbers."""
    drafts = Achievement.objects.visible_to(user).filter(uuid__in=uuids, state__in=EDITABLE)
    return for_checking(drafts).order_by("public_no")


def draft_of(achievement: Achievement) -> Draft:
    return Draft(
        uuid=achievement.uuid,
        number=achievement.public_no,
        label=achievement.title,
        version=achievement.version,
        url=achievement.get_absolute_url(),
        edit_url=reverse("catalog:achievement_edit", args=[achievement.uuid]),
        missing=[str(label_of(name)) for name in missing_fields(achievement)],
    )


def submit(*, by: User, chosen: Mapping[str, int], **form: Any) -> tuple[int, list[Left]]:
    done, left = submit_achievements(by=by, chosen=chosen, **form)
    return len(done), [Left(achievement.public_no, reason) for achievement, reason in left]


register("achievement", HandingOn(waiting, draft_of, submit, HandOnForm))
