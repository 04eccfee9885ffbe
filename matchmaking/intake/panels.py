"""What a page shows of the files of a record."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import reverse

from matchmaking.intake.attachments import FILES, files_of, may_change, may_revise, pool_of, readable
from matchmaking.intake.filed import change_notes
from matchmaking.intake.forms_files import DescriptionForm, UploadForm, description_of
from matchmaking.intake.models import Attachment, AttachmentVisibility
from matchmaking.intake.services.changes import open_change


@dataclass(frozen=True)
class Line:
    """One file; `form` where the person may describe it anew or remove it. `waits`: who reads it after a check."""

    attachment: Attachment
    form: DescriptionForm | None = None
    waits: str = ""


@dataclass(frozen=True)
class Panel:
    """The files that a person may open, and whether he may add some; `said` and `refused` tell what just happened.

    `note`: what the officer wrote at the files of a change that he returned.
    """

    url: str
    lines: list[Line]
    insider: bool
    in_pool: bool = False
    closed: bool = False
    form: UploadForm | None = None
    most: int = settings.FILES_PER_RECORD
    note: str = ""
    said: str = ""
    refused: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.lines) >= self.most

    @property
    def folded(self) -> bool:
        """On the page of a record the form for new files opens when it is asked for."""
        return self.in_pool or self.closed

    @property
    def is_shown(self) -> bool:
        """An empty list says something only to those who could add to it."""
        return bool(self.lines) or self.form is not None


def panel(
    user: Any,
    kind: str,
    record: Any,
    *,
    editing: bool = False,
    revising: bool = False,
    form: UploadForm | None = None,
    said: str = "",
    refused: list[dict[str, str]] | None = None,
) -> Panel:
    """Return the files of a record as this person sees them; with `editing`, with the means to change if he may.

    `revising`: the caller has asked already and found that he changes this record in the pool.
    """
    url = reverse("files:list", args=[kind, record.uuid])
    present = list(files_of(kind, record.uuid))
    if not present and not (editing or revising):  # most records: one query, and no question who may what
        return Panel(url, [], insider=False)
    found = readable(user, kind, record, present) if present else []
    in_pool = revising or (editing and may_revise(user, kind, record))
    changing = in_pool or (editing and may_change(user, kind, record))
    change = open_change(record, kind) if in_pool and present else None
    waiting = {one["file"]: one for one in change.content.get(FILES, [])} if change else {}
    return Panel(
        url=url,
        lines=[_line(one, waiting.get(str(one.uuid)), changing=changing, in_pool=in_pool) for one in found],
        insider=bool(found and user.is_authenticated and pool_of(kind).insider(user, record)),
        in_pool=in_pool,
        closed=pool_of(kind).closed,
        form=(form or UploadForm(pool=pool_of(kind), in_pool=in_pool)) if changing else None,
        note=change_notes(record, kind).get(FILES, "") if in_pool and found else "",
        said=said,
        refused=refused or [],
    )


def _line(one: Attachment, waiting: dict[str, str] | None, *, changing: bool, in_pool: bool) -> Line:
    form = description_of(one, in_pool=in_pool, waiting=waiting) if changing else None
    return Line(one, form, waits=str(AttachmentVisibility(waiting["visibility"]).label) if waiting else "")
