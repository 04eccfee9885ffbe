"""What a talent post must hold before it may be handed in, and what may never stand in it.

All functions take plain values and return {field: sentence}, so that the form, the service and the owner's page say
the same thing in the same words. Contact data are named `contact_<part>`.
"""

from collections.abc import Mapping
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import Organisation
from matchmaking.common.marks import MARKED, secret_mark
from matchmaking.programmes.models import Visibility
from needs import completeness as needs_completeness
from needs.models import TechNeed
from needs.talent.enums import WEEKLY
from needs.talent.models import TalentPost, TalentPostBody

Values = Mapping[str, Any]
Problems = dict[str, Any]

ROW_FIELDS = (
    "title", "post_kind", "headcount", "tech_field", "disciplines", "education", "professional_title", "attendance",
    "days_per_week", "term_months", "pay_band", "open_until", "visibility",
)  # fmt: skip
BODY_FIELDS = (
    "duties", "requirements", "pay_details", "housing", "insurance", "expected_output", "tech_need", "mentor",
    "contact",
)  # fmt: skip
REQUIRED = (
    "title", "post_kind", "headcount", "tech_field", "duties", "education", "requirements", "term_months",
    "attendance", "pay_band", "housing", "insurance", "expected_output", "open_until", "visibility",
)  # fmt: skip
# Everything a person writes in words; searched for the owner's name and for marks of state secrets.
PROSE = ("title", "duties", "requirements", "pay_details", "housing", "insurance", "expected_output", "mentor")


def values_of(post: TalentPost, body: TalentPostBody) -> dict[str, Any]:
    """Return the stored fields of both halves of a post."""
    return {name: getattr(post, name) for name in ROW_FIELDS} | {name: getattr(body, name) for name in BODY_FIELDS}


def contact_of(body: TalentPostBody) -> dict[str, str]:
    """Return the decrypted contact data; only for the owner's pages."""
    return cast("dict[str, str]", body.contact or {})


def missing(values: Values) -> Problems:
    """Return what is still missing before the post may be handed in (records.md §3.4: R and r)."""
    found: Problems = {name: _("Please fill this in before submitting.") for name in REQUIRED if not values.get(name)}
    if values.get("attendance") == WEEKLY and not values.get("days_per_week"):
        found["days_per_week"] = _("Please say how many days a week.")
    if values.get("open_until") and values["open_until"] <= timezone.localdate():
        found["open_until"] = _("This date has passed; please give a day after today.")
    contact = values.get("contact") or {}
    if not contact.get("name"):
        found["contact_name"] = _("Please name a contact person.")
    if not contact.get("phone") and not contact.get("email"):
        found["contact_phone"] = _("Please give a telephone number or an e-mail address.")
    return found


def names_owner(values: Values, owner: Organisation) -> Problems:
    """Return the fields of a post with a hidden owner in which the owner can be recognised."""
    if values.get("visibility") != Visibility.HIDDEN_OWNER:
        return {}
    whole = " \n".join(values.get(name) or "" for name in PROSE)
    if not _recognised(whole, owner):
        return {}
    sentence = _("The owner of this post is hidden, but this text names your organisation. Please write “our company”.")
    return {name: sentence for name in PROSE if values.get(name) and _recognised(values[name], owner)}


def _recognised(text: str, owner: Organisation) -> bool:
    """Ask the rule of needs, which reads a text under the name of one of its own fields."""
    read = {"problem": text, "visibility": Visibility.HIDDEN_OWNER}
    return bool(needs_completeness.names_owner(read, (), owner))


def secret_marks(values: Values) -> Problems:
    """Return the fields that carry a mark of a state secret. Such text must not be stored here at all."""
    written = {name: values[name] for name in PROSE if values.get(name)}
    if position := (values.get("contact") or {}).get("position"):
        written["contact_position"] = position
    return {name: MARKED % {"mark": mark} for name, text in written.items() if (mark := secret_mark(text))}


def gives_away(values: Values) -> Problems:
    """Return the related need as a problem when the link would tell who stands behind a hidden owner."""
    need: TechNeed | None = values.get("tech_need")
    if need is None:
        return {}
    hidden = values.get("visibility") == Visibility.HIDDEN_OWNER
    if hidden == (need.visibility == Visibility.HIDDEN_OWNER):
        return {}
    sentence = _(
        "Post and need would give each other's owner away: hide the owner of both, or of neither, or leave this empty."
    )
    return {"tech_need": sentence}
