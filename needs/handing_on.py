"""Needs, scenarios and talent posts of an upload handed in together, each as its owner's own step.

Loaded at start by intake, which calls every app's `handing_on`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.common.workflow import IllegalMove, StaleState
from matchmaking.intake.handing_on import Draft, HandingOn, Left, register
from matchmaking.intake.versions import Unchanged
from matchmaking.notifications.services import telling_once
from needs import sections
from needs.completeness import indicator_values, missing, values_of
from needs.enums import EDITABLE
from needs.models import TechNeed
from needs.services import Incomplete, NotAllowed, submit_need
from needs.talent import completeness as posts
from needs.talent import enums as post_enums
from needs.talent import sections as post_sections
from needs.talent.models import TalentPost
from needs.talent.services import NotAllowed as PostNotAllowed
from needs.talent.services import submit_talent_post


class HandOnForm(forms.Form):
    """What the enterprise says of every record that it hands in."""

    declared = forms.BooleanField(
        label=_("We declare that these records hold no state secrets."),
        error_messages={"required": _("Without this declaration the record cannot be submitted.")},
    )


def waiting_needs(user: User, uuids: QuerySet[Any]) -> QuerySet[TechNeed]:
    """Drafts and returned needs among these that the person may hand in, in the order of their numbers."""
    mine = TechNeed.objects.editable_by(user).filter(uuid__in=uuids, state__in=EDITABLE)
    return mine.select_related("body", "region", "programme").prefetch_related("body__indicators").order_by("public_no")


def need_draft(need: TechNeed) -> Draft:
    gaps = missing(values_of(need, need.body), indicator_values(need.body.indicators.all()))
    return _draft(need, gaps, sections.label_of, "needs:need_edit")


def submit_needs(*, by: User, chosen: Mapping[str, int], declared: bool) -> tuple[int, list[Left]]:
    """Hand in each need by itself; what is not complete or has changed stays a draft and is named."""
    needs = TechNeed.objects.editable_by(by).filter(uuid__in=list(chosen)).select_related("region", "programme")
    return _each(needs.order_by("pk"), chosen, sections.label_of, lambda need, version: submit_need(
        by=by, need=need, version=version))  # fmt: skip


def waiting_posts(user: User, uuids: QuerySet[Any]) -> QuerySet[TalentPost]:
    """Drafts and returned posts among these that the person may hand in, in the order of their numbers."""
    mine = TalentPost.objects.editable_by(user).filter(uuid__in=uuids, state__in=post_enums.EDITABLE)
    return mine.select_related("body__tech_need", "region", "programme").order_by("public_no")


def post_draft(post: TalentPost) -> Draft:
    return _draft(post, posts.missing(posts.values_of(post, post.body)), post_sections.label_of,
                  "talent:talent_post_edit")  # fmt: skip


def submit_posts(*, by: User, chosen: Mapping[str, int], declared: bool) -> tuple[int, list[Left]]:
    """As `submit_needs`."""
    found = TalentPost.objects.editable_by(by).filter(uuid__in=list(chosen)).select_related("region", "programme")
    return _each(found.order_by("pk"), chosen, post_sections.label_of, lambda post, version: submit_talent_post(
        by=by, post=post, version=version))  # fmt: skip


def _draft(record: Any, gaps: Mapping[str, Any], label_of: Callable[[str], Any], edit: str) -> Draft:
    return Draft(
        uuid=record.uuid,
        number=record.public_no,
        label=record.title,
        version=record.version,
        url=record.get_absolute_url(),
        missing=[str(label_of(name)) for name in gaps],
        edit_url=reverse(edit, args=[record.uuid]),
    )


@telling_once()
def _each(
    records: QuerySet[Any], chosen: Mapping[str, int], label_of: Callable[[str], Any], submit: Callable[[Any, int], Any]
) -> tuple[int, list[Left]]:
    done, left = 0, []
    for record in records:
        try:
            submit(record, chosen[str(record.uuid)])
        except Incomplete as refusal:
            fields = "、".join(str(label_of(name.partition("-")[0])) for name in refusal.fields)
            left.append(Left(record.public_no, gettext("To be corrected first: %(fields)s.") % {"fields": fields}))
        except (StaleState, IllegalMove, NotAllowed, PostNotAllowed, Unchanged) as refusal:
            left.append(Left(record.public_no, refusal.message))
        else:
            done += 1
    return done, left


register("need", HandingOn(waiting_needs, need_draft, submit_needs, HandOnForm))
register("scenario", HandingOn(waiting_needs, need_draft, submit_needs, HandOnForm))
register("talent_post", HandingOn(waiting_posts, post_draft, submit_posts, HandOnForm))
