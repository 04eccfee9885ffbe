"""The forms of a record's files."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.common.documents import MEDIA_TYPES
from matchmaking.common.fields import TextField
from matchmaking.intake.attachments import Pool, pool_of
from matchmaking.intake.models import Attachment, AttachmentKind, AttachmentVisibility


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One file or several, each checked by itself."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) and data else [data or None]
        return [super(ManyFilesField, self).clean(one, initial) for one in given]


class DescriptionForm(forms.Form):
    """What a file is and who may open it."""

    purpose = forms.ChoiceField(label=_("Kind of file"), choices=AttachmentKind.choices)
    visibility = forms.ChoiceField(
        label=_("Who may open it"), choices=AttachmentVisibility.choices, initial=AttachmentVisibility.OFFICERS,
        help_text=_("Others can open it only once the record is published."),
    )  # fmt: skip
    caption = TextField(
        label=_("Caption"),
        required=False,
        max_length=200,
        help_text=_("For example: third-party test of 12 March 2026."),
    )


class UploadForm(DescriptionForm):
    documents = ManyFilesField(
        label=_("Files"), max_length=1_000, allow_empty_file=True,  # the check of the content says it in our words
        widget=ManyFilesInput(
            attrs={"accept": ",".join(MEDIA_TYPES), "data-max-bytes": settings.UPLOAD_MAX_BYTES,
                   "data-text-large": _("“{name}” is larger than {limit} MB and would be refused.")}),
    )  # fmt: skip
    field_order = ("documents", "purpose", "visibility", "caption")

    def __init__(self, *args: Any, pool: Pool, in_pool: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _suited(self, pool)
        if in_pool and not pool.closed:  # a new file is for the officers first
            del self.fields["visibility"]
        size = {"size": settings.UPLOAD_MAX_BYTES // 1024**2}
        self.fields["documents"].help_text = (
            gettext("PDF, Word, Excel, PNG, JPEG or WebP, at most %(size)s MB each.") % size
        )


def description_of(
    attachment: Attachment, data: Any = None, *, in_pool: bool = False, waiting: Mapping[str, str] | None = None
) -> DescriptionForm:
    """The form of one file, over what was posted, what waits for a check, or what stands."""
    stands = {"purpose": attachment.kind, "visibility": attachment.visibility, "caption": attachment.caption}
    if waiting:
        stands = {"purpose": waiting["kind"], "visibility": waiting["visibility"], "caption": waiting["caption"]}
    form = DescriptionForm(data, initial=stands, prefix=f"file-{attachment.pk}")
    pool = pool_of(attachment.object_kind)
    _suited(form, pool)
    if in_pool and not pool.closed:
        form.fields["visibility"].help_text = gettext("What others would newly read is checked first.")
    return form


def _suited(form: forms.Form, pool: Pool) -> None:
    """Ask only what a file of this pool may be, and who opens it only where somebody else may."""
    form.fields["purpose"].choices = [(one.value, one.label) for one in pool.purposes]  # type: ignore[attr-defined]
    if pool.closed:
        del form.fields["visibility"]
