"""The register of personal fields: every column that holds something of a person, with purpose, basis and retention.

A test walks all models and fails for a column that looks personal (`LOOKS_PERSONAL`, every encrypted one) and stands
neither here nor in `NOT_PERSONAL`. Columns are named as text, because this floor knows no rooms.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

# Names of columns under which data of a person are kept, here and in what is to come.
LOOKS_PERSONAL = re.compile(
    r"(^|_)(e?mail|phone|mobile|tel|wechat|fax|contacts?|person|people|full_name|first_name|last_name|person_name|"
    r"actor_name|user_?name|nickname|name|names|gender|sex|birth\w*|age|id_?card|passport|id_number|bank\w*|salary|"
    r"home|postal\w*|address|ip|ip_address|user_agent|origin|to|inventors?|authors?|mentor|tutor|leader|signed_by|"
    r"opinion_by|photo|portrait|education|position|extra_data|uid|get_data|post_data|session_data)$"
)

TEXTS = ("CharField", "TextField", "EmailField", "JSONField", "BinaryField", "GenericIPAddressField", "ArrayField",
         "FileField", "ImageField")  # fmt: skip
NUMBERS = re.compile(r"(^|_)(birth\w*|age|salary|id_?card|phone|mobile)$")


@dataclass(frozen=True)
class PersonalField:
    """Why a column holds something of a person: `kind` is personal, or sensitive (PIPL 28); `retention` a rule."""

    purpose: Any
    basis: Any
    retention: str
    kind: str = "personal"


CONTRACT = _("contract (PIPL art. 13 no. 2)")
DUTY = _("statutory duty (PIPL art. 13 no. 3)")
CONSENT = _("consent (PIPL art. 13 no. 1)")

_account = PersonalField(_("to know who signs in"), CONTRACT, "account")
_protect = PersonalField(_("to protect the account"), DUTY, "sign_in")
_attempt = PersonalField(_("to stop guessing of passwords"), DUTY, "attempts")
_act = PersonalField(_("so that every act can be proven"), DUTY, "history")
_contact = PersonalField(_("to be reached by the other side after both have said yes"), CONTRACT, "contacts")
_expert = PersonalField(_("to admit and match an expert"), CONSENT, "experts")
_named = PersonalField(_("to name who made or answers for it"), CONTRACT, "records")
_version = PersonalField(_("to prove what was judged"), DUTY, "versions")

FIELDS: dict[str, PersonalField] = {
    **dict.fromkeys(("accounts.User.username", "accounts.User.email", "accounts.User.full_name",
                     "account.EmailAddress.email"), _account),
    **dict.fromkeys(("usersessions.UserSession.ip", "usersessions.UserSession.user_agent",
                     "socialaccount.SocialAccount.uid", "socialaccount.SocialAccount.extra_data",
                     "sessions.Session.session_data"), _protect),
    **{f"axes.{model}.{name}": _attempt
       for model in ("AccessAttempt", "AccessFailureLog", "AccessLog")
       for name in ("user_agent", "ip_address", "username")},
    **dict.fromkeys(("axes.AccessAttempt.get_data", "axes.AccessAttempt.post_data"), _attempt),
    **dict.fromkeys(("activity.Entry.actor_name", "activity.Entry.origin"), _act),
    **dict.fromkeys(("accounts.Invitation.email", "accounts.ListedEnterprise.email"),
                    PersonalField(_("to offer a role in an organisation"), CONTRACT, "invitations")),
    "notifications.OutboxMail.to": PersonalField(_("to tell of what waits"), CONTRACT, "mails"),
    "accounts.Consent.person_name": PersonalField(_("to prove the consent"), DUTY, "consents"),
    "accounts.PersonalExport.data": PersonalField(_("to give the person a copy"), DUTY, "copies"),
    "accounts.Correction.request": PersonalField(_("to correct what is wrong"), DUTY, "corrections"),
    **dict.fromkeys(("accounts.Organisation.contacts", "catalog.AchievementBody.contact", "needs.NeedBody.contact",
                     "needs.TalentPostBody.contact"), _contact),
    **dict.fromkeys(("experts.Expert.name", "experts.Expert.position", "experts.Expert.education",
                     "experts.ExpertBody.birth_year", "experts.ExpertBody.contact"), _expert),
    "experts.ExpertBody.gender": _expert,
    "experts.Removal.words": PersonalField(_("to answer who asks not to be listed"), DUTY, "removals"),
    **dict.fromkeys(("accounts.RosterEntry.name", "accounts.RosterEntry.certificate_no"), _named),
    **dict.fromkeys(("catalog.Completer.name", "catalog.IPItem.inventors", "catalog.AchievementBody.unit_opinion_by",
                     "needs.TalentPostBody.mentor"), _named),
    **dict.fromkeys(("intake.RecordVersion.data", "intake.ProposedChange.data"), _version),
    "intake.FormDraft.fields": PersonalField(_("so that nothing typed is lost"), CONTRACT, "drafts"),
    "intake.ImportRow.before": PersonalField(_("so that an upload can be undone"), CONTRACT, "uploads"),
    **dict.fromkeys(("intake.ImportRow.values", "intake.ImportRow.mended", "intake.ImportRow.cleaned"),
                    PersonalField(_("to check what an upload says"), CONTRACT, "uploads")),
}  # fmt: skip

# Columns whose name looks personal and which hold nothing of a person, each with the reason.
_BODY, _THING, _PLACE = "an organisation", "a thing or a class of things", "a place in an order"
NOT_PERSONAL: dict[str, str] = {
    "accounts.Organisation.name": _BODY,
    "accounts.OrganisationAlias.name": _BODY,
    "accounts.ListedEnterprise.name": _BODY,
    "activity.Entry.organisation_name": _BODY,
    "auth.Group.name": _THING,
    "auth.Permission.name": _THING,
    "socialaccount.SocialApp.name": _BODY,
    "jobs.WorkerBeat.name": _THING,
    "programmes.StepRule.escalate_to": _THING,
    "intake.StoredFile.name": _THING,
    "catalog.AchievementIndicator.name": _THING,
    "catalog.Honour.name": _THING,
    "needs.NeedIndicator.name": _THING,
    "needs.TalentPost.education": "what a post asks for",
    "experts.Team.name": "a team, not one of its people",
    "finding.SavedSearch.name": "what a person calls his own search",
    "matching.Match.origin": "how a match came about",
}


def looks_personal(field: Any) -> bool:
    """Whether a column is one of those about which the register must say something: every encrypted one, texts of such
    a name, and numbers or dates of birth and age. References lead to rows that have columns of their own.
    """
    if type(field).__name__ == "EncryptedJSONField":
        return True
    if field.is_relation:
        return False
    if field.get_internal_type() in TEXTS:
        return bool(LOOKS_PERSONAL.search(field.name))
    return bool(NUMBERS.search(field.name))


def column(label: str) -> Any:
    """The column that “app.Model.field” names. Raises LookupError or FieldDoesNotExist."""
    model, _dot, name = label.rpartition(".")
    return apps.get_model(model)._meta.get_field(name)  # noqa: SLF001 (Django's documented door)


def by_model() -> list[tuple[str, list[tuple[str, PersonalField]]]]:
    """The register for the page: (table, [(column, what is said of it)]), in the order of the tables."""
    found: dict[str, list[tuple[str, PersonalField]]] = defaultdict(list)
    for label, said in FIELDS.items():
        model, _dot, name = label.rpartition(".")
        found[model].append((name, said))
    return sorted(found.items())
