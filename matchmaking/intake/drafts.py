"""Unsaved texts of forms: which keys there are, what a page may send, what is offered when the form is opened again."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from matchmaking.accounts.models import User
from matchmaking.intake.models import FormDraft

DRAFT_INPUT = "draft"  # in the form: the page's uuid, by which a saved form drops its draft
MOST_FIELDS = 2_000
_KEY = re.compile(r"[a-z_]{1,30}:(new|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_NAME = re.compile(r"[\w.\-]{1,100}", re.ASCII)
_NEVER = frozenset({"csrfmiddlewaretoken", "form_token", DRAFT_INPUT})
# What a text is called, by the first of these fields that is filled.
_TITLES = ("title", "post_title", "name")

Fields = list[list[str]]


class Unreadable(ValueError):
    """What the page sent is not the content of a form, or larger than any form."""


@dataclass(frozen=True)
class Offer:
    """An unsaved text as it is offered: `behind` when the record was changed after the typing began."""

    uuid: UUID
    saved_at: datetime
    title: str
    behind: bool


def is_key(text: str) -> bool:
    return bool(_KEY.fullmatch(text))


def read_fields(text: str) -> Fields:
    """Read the pairs (name, value) of a form from JSON. Raises Unreadable."""
    if len(text.encode("utf-8", "replace")) > settings.DRAFT_MAX_BYTES:
        raise Unreadable("too large")
    try:
        pairs = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    if not isinstance(pairs, list) or len(pairs) > MOST_FIELDS:
        raise Unreadable("not the pairs of a form")
    return [pair for one in pairs if (pair := _pair(one))[0] not in _NEVER]


def _pair(one: Any) -> list[str]:
    if not (isinstance(one, list) and len(one) == 2 and all(isinstance(part, str) for part in one)):
        raise Unreadable("not a pair")
    if not _NAME.fullmatch(one[0]):
        raise Unreadable("not the name of a field")
    # Lone surrogates cannot be written as UTF-8; a browser does not type them.
    return [one[0], one[1].encode("utf-8", "ignore").decode("utf-8")]


def offers_for(user: User, key: str, *, version: int | None, shown: UUID | None) -> list[Offer]:
    """The person's unsaved texts of one form, newest first, without the one that the page itself writes."""
    drafts = FormDraft.objects.visible_to(user).filter(key=key).order_by("-saved_at")
    if shown is not None:
        drafts = drafts.exclude(uuid=shown)
    return [
        Offer(draft.uuid, draft.saved_at, _title(draft), version is not None and draft.base_version != version)
        for draft in drafts
    ]


@dataclass(frozen=True)
class Kept:
    """An unsaved text as its writer reads it: what he typed, without what he only chose."""

    uuid: UUID
    saved_at: datetime
    title: str
    texts: list[str]


def texts_of(user: User) -> list[Kept]:
    """All unsaved texts of a person, newest first; also of forms that are closed to him by now."""
    drafts = FormDraft.objects.visible_to(user).order_by("-saved_at")
    return [Kept(one.uuid, one.saved_at, _title(one) or one.key.partition(":")[0], _typed(one)) for one in drafts]


def _typed(draft: FormDraft) -> list[str]:
    pairs: Any = draft.fields
    return [value for _name, value in pairs if len(value.strip()) > 1 and not value.isascii()]


def _title(draft: FormDraft) -> str:
    values: dict[str, str] = dict(reversed(draft.fields))  # type: ignore[arg-type]  # decrypted JSON
    return next((values[name].strip()[:80] for name in _TITLES if values.get(name, "").strip()), "")
