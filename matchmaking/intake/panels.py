"""What a page shows of the files of a record."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import reverse

from matchmaking.intake.attachments import files_of, may_change, pool_of, readable
from matchmaking.intake.forms_files import DescriptionForm, UploadForm, description_of
from matchmaking.intake.models import Attachment


@dataclass(frozen=True)
class Line:
    """One file; `form` where the person may describe it anew or remove it."""

    attachment: Attachment
    form: DescriptionForm | None = None


@dataclass(frozen=True)
class Panel:
    """The files that a person may open, and whether he may add some; `said` and `refused` tell what just happened."""

    url: str
    lines: list[Line]
    insider: bool
    form: UploadForm | None = None
    most: int = settings.FILES_PER_RECORD
    said: str = ""
    refused: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.lines) >= self.most

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
    form: UploadForm | None = None,
    said: str = "",
    refused: list[dict[str, str]] | None = None,
) -> Panel:
    """Return the files of a record as this person sees them; with `editing`, with the means to change them."""
    url = reverse("files:list", args=[kind, record.uuid])
    present = list(files_of(kind, record.uuid))
    if not present and not editing:  # most records: one query, and no question who may what
        return Panel(url, [], insider=False)
    found = readable(user, kind, record, present)
    changing = editing and may_change(user, kind, record)
    return Panel(
        url=url,
        lines=[Line(one, description_of(one) if changing else None) for one in found],
        insider=bool(user.is_authenticated and pool_of(kind).insider(user, record)),
        form=(form or UploadForm()) if changing else None,
        said=said,
        refused=refused or [],
    )
