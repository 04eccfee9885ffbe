"""Unsaved texts of forms: which keys there are, what a page may send, what is offered when the form is opened again."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from matchmaking.accounts.models import User
from matchmaking.common.marks import secret_mark
from matchmaking.common.pool_registry import find_pool
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


def mark_in(texts: Iterable[str]) -> str:
    """The first mark of a state secret in what was typed into a form; such a text is not kept."""
    return next((mark for text in texts if (mark := secret_mark(text))), "")


def is_marked(draft: FormDraft) -> bool:
    """Whether a kept text carries a mark: kept before the mark was known. It is shown to nobody until it is dropped."""
    return bool(mark_in(value for _name, value in cast("Fields", draft.fields)))


def offers_for(user: User, key: str, *, version: int | None, shown: UUID | None) -> list[Offer]:
    """The person's unsaved texts of one form, newest first, without the one that the page itself writes."""
    drafts = FormDraft.objects.visible_to(user).filter(key=key).order_by("-saved_at")
    if shown is not None:
        drafts = drafts.exclude(uuid=shown)
    return [
        Offer(draft.uuid, draft.saved_at, _title(draft), version is not None and draft.base_version != version)
        for draft in drafts
        if not is_marked(draft)
    ]


@dataclass(frozen=True)
class Kept:
    """An unsaved text as its writer reads it: what he typed, without what he only chose. `url` opens its form and
    takes it up there; empty where there is no such form."""

    uuid: UUID
    saved_at: datetime
    title: str
    texts: list[str]
    kind: Any
    icon: str
    url: str
    is_new: bool


@dataclass(frozen=True)
class Pile:
    """The unsaved texts of one kind with one title: the newest, and those before it."""

    newest: Kept
    older: list[Kept]


def piles_of(user: User) -> list[Pile]:
    """All unsaved texts of a person, newest first; also of forms that are closed to him by now."""
    piles: dict[tuple[str, str], list[Kept]] = {}
    for draft in FormDraft.objects.visible_to(user).order_by("-saved_at", "-pk"):
        if is_marked(draft):
            continue
        title = _title(draft)
        # Texts without a title are not told to be the same by having none.
        piles.setdefault((draft.key.partition(":")[0], title or str(draft.uuid)), []).append(_kept(draft, title))
    return [Pile(newest, older) for newest, *older in piles.values()]


def _kept(draft: FormDraft, title: str) -> Kept:
    kind, _sep, record = draft.key.partition(":")
    pool = find_pool(kind)
    is_new = record == "new"
    url = _form_url(pool.list_route.rpartition("_")[0], "" if is_new else record) if pool else ""
    return Kept(draft.uuid, draft.saved_at, title, _typed(draft), pool.label if pool else kind,
                pool.icon if pool else "edit", f"{url}?draft={draft.uuid}" if url else "", is_new)  # fmt: skip


def _form_url(route: str, record: str) -> str:
    """The form beside the list of a pool: `needs:need_list` has `needs:need_create` and `needs:need_edit`."""
    try:
        return reverse(f"{route}_edit", args=[UUID(record)]) if record else reverse(f"{route}_create")
    except NoReverseMatch:
        return ""


def _typed(draft: FormDraft) -> list[str]:
    pairs: Any = draft.fields
    return [value for _name, value in pairs if len(value.strip()) > 1 and not value.isascii()]


def _title(draft: FormDraft) -> str:
    values: dict[str, str] = dict(reversed(draft.fields))  # type: ignore[arg-type]  # decrypted JSON
    return next((values[name].strip()[:80] for name in _TITLES if values.get(name, "").strip()), "")
