"""The content of a talent post as its versions keep it: every field as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from matchmaking.accounts.models import Organisation
from matchmaking.common.formats import plain
from matchmaking.intake.attachments import FILES
from matchmaking.intake.versions import Snapshot, as_json, from_json
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.selectors import labels
from needs.models import TechNeed
from needs.talent import rules
from needs.talent.completeness import BODY_FIELDS, ROW_FIELDS, values_of
from needs.talent.forms import CODED
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.sections import NOTED, label_of
from needs.versioning import CONTACT
from needs.versioning import words as need_words


def snapshot(post: TalentPost) -> Snapshot:
    """Everything a person has written about the post, both halves."""
    found = as_json(values_of(post, TalentPostBody.objects.select_related("tech_need").get(post=post)))
    return found | {"invited": list(post.invitations.order_by("pk").values_list("organisation", flat=True))}


def proposed(data: Mapping[str, Any], invited: Iterable[Organisation] | None = None) -> Snapshot:
    """What a form wants the fields to be, in the shape of a snapshot; None guests are left as they are."""
    found: Snapshot = {name: as_json(data[name]) for name in (*ROW_FIELDS, *BODY_FIELDS) if name in data}
    return found if invited is None else found | {"invited": as_json(list(invited))}


def for_service(fields: Snapshot) -> dict[str, Any]:
    """Return the arguments of `writing.write` from fields of a snapshot."""
    data = from_json(TalentPost, {name: fields[name] for name in ROW_FIELDS if name in fields})
    plain_fields = {name: fields[name] for name in BODY_FIELDS if name in fields and name != "tech_need"}
    data |= from_json(TalentPostBody, plain_fields)
    if "tech_need" in fields:
        data["tech_need"] = TechNeed.objects.filter(pk=fields["tech_need"]).first()
    found: dict[str, Any] = {"data": data}
    if "invited" in fields:
        found["invited"] = list(Organisation.objects.filter(pk__in=fields["invited"]).order_by("pk"))
    return found


def visible(user: Any, post: TalentPost) -> list[str]:
    """Every field for those to whom the file is open; contact data for the owner's people only."""
    if not rules.sees_file(user, post):
        return []
    shown = [name for name in NOTED if name != "programme" and not name.startswith("contact_")]
    shown += ["invited", FILES]
    return [*shown, CONTACT] if rules.owns(user, post) else shown


def load(user: Any, uuid: UUID) -> TalentPost:
    return get_object_or_404(TalentPost.objects.visible_to(user).select_related("region", "programme"), uuid=uuid)


def label(name: str) -> str:
    if name == FILES:
        return gettext("Files")
    return label_of("contact_name" if name == CONTACT else name)


def words(name: str, value: Any) -> str:
    """A value of a snapshot as a person reads it."""
    if value in (None, "", [], {}):
        return ""
    if name in ("invited", CONTACT, FILES):
        return need_words(name, value)
    if name == "tech_need":
        return "".join(f"{need.public_no} {need.title}" for need in TechNeed.objects.filter(pk=value))
    if name in CODED:
        return "、".join(labels(CODED[name], value if isinstance(value, list) else [str(value)]))
    return str(Visibility(value).label) if name == "visibility" else str(plain(value))
