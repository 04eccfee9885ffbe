"""Use cases of applying, verifying and managing an organisation."""

import uuid
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts import rules
from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import Membership, Organisation, OrganisationAlias, User
from matchmaking.accounts.roles import APPLYING_KINDS, ROLES_OF_KIND, managing_roles
from matchmaking.accounts.selectors import managers_of, verifiers_of
from matchmaking.accounts.services import (
    OrganisationRefused,
    create_organisation,
    end_membership,
    fold_name,
    grant_role,
    refuse_taken,
)
from matchmaking.accounts.workflow import ORGANISATION
from matchmaking.activity.edits import edit_of
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version, move
from matchmaking.notifications.services import notify

KIND = "organisation"
# What stands for the identity of the organisation is checked at verification and stays as it was then.
IDENTITY = ("name", "uscc", "region", "park")
EDITABLE = ("name_en", "size", "industry", "university_kinds", "supervisor", "summary", "contacts")


class NotAllowed(Exception):
    """The person may not do this with this organisation in its present state."""

    message = _("You cannot take this step with this organisation.")


class ReasonMissing(Exception):
    message = _("Please give a reason.")


class RoleRefused(Exception):
    """The role cannot be given or ended; the message says why."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


@transaction.atomic
def apply_organisation(
    *, by: User, data: Mapping[str, Any], aliases: Iterable[str] = (), credential: UploadedFile
) -> Organisation:
    """Apply for a new organisation; the applicant manages it once it is verified.

    Raises NotAllowed and OrganisationRefused (name, alias or credit code taken).
    """
    if not rules.can_apply(by) or data["kind"] not in APPLYING_KINDS:
        raise NotAllowed
    _refuse_code(data.get("uscc"))
    fields = {name: data[name] for name in ("kind", *IDENTITY, *EDITABLE) if name in data}
    organisation = create_organisation(by=None, aliases=tuple(aliases), state=OrganisationState.APPLIED, **fields)
    _keep(organisation, credential)
    grant_role(by=None, user=by, organisation=organisation, role=ROLES_OF_KIND[organisation.kind][0])
    record(by=by, verb="organisation.applied", about=organisation, kind=KIND, to_state=organisation.state)
    _tell(verifiers_of(organisation), "organisation_to_verify", organisation)
    return organisation


@transaction.atomic
def update_organisation(
    *, by: User, organisation: Organisation, version: int, data: Mapping[str, Any], aliases: Iterable[str],
    credential: UploadedFile | None = None,
) -> Organisation:  # fmt: skip
    """Change the own organisation; a returned application goes to the verifier again.

    A verified organisation keeps its identity; a missing credit code may be added.
    Raises NotAllowed, OrganisationRefused, StaleState.
    """
    if not rules.can_edit(by, organisation):
        raise NotAllowed
    returned = organisation.state == OrganisationState.RETURNED
    allowed = (*EDITABLE, *(IDENTITY if returned else () if organisation.uscc else ("uscc",)))
    values = {name: data[name] for name in allowed if name in data}
    _refuse_code(values.get("uscc"), but=organisation)
    name = values.get("name", organisation.name)
    names = {fold_name(one): one for one in (name, *aliases)}
    refuse_taken(names.values(), but=organisation)
    changed = [field for field, value in values.items() if getattr(organisation, field) != value]
    edit = edit_of(version=version, fields=changed)
    door = Organisation.objects.filter(pk=organisation.pk, version=version, state=organisation.state)
    contacts = values.pop("contacts", None)
    if door.update(**values, version=F("version") + 1, updated_at=timezone.now()) != 1:
        raise StaleState(organisation.name)
    organisation.refresh_from_db()
    if contacts is not None:
        organisation.contacts = contacts
        organisation.save(update_fields=["contacts"])
    organisation.aliases.all().delete()
    OrganisationAlias.objects.bulk_create(OrganisationAlias.of(organisation, one) for one in names.values())
    if credential is not None and returned:
        _keep(organisation, credential)
    record(by=by, verb="organisation.edited", about=organisation, kind=KIND, organisation=organisation, **edit)
    if returned:
        move(organisation, OrganisationState.APPLIED, workflow=ORGANISATION, return_reason="")
        record(by=by, verb="organisation.applied", about=organisation, kind=KIND, to_state=organisation.state)
        _tell(verifiers_of(organisation), "organisation_to_verify", organisation)
    return organisation


@transaction.atomic
def verify_organisation(*, by: User, organisation: Organisation, version: int) -> Organisation:
    """Take an applicant into the directory. Raises NotAllowed, StaleState, OrganisationRefused (fields missing)."""
    gaps = rules.missing_for_directory(organisation.kind, vars(organisation))
    if gaps and rules.verifies(by, organisation):
        raise OrganisationRefused(_("Not complete yet: %(fields)s.") % {"fields": "、".join(map(_label, gaps))})
    _decide(by, organisation, version, OrganisationState.ACTIVE, "organisation.verified")
    _tell(managers_of(organisation), "organisation_verified", organisation)
    return organisation


@transaction.atomic
def return_organisation(*, by: User, organisation: Organisation, version: int, reason: str) -> Organisation:
    """Send an application back with the reason. Raises NotAllowed, ReasonMissing, StaleState."""
    if not reason.strip():
        raise ReasonMissing
    _decide(by, organisation, version, OrganisationState.RETURNED, "organisation.returned",
            return_reason=reason.strip())  # fmt: skip
    _tell(managers_of(organisation), "organisation_returned", organisation)
    return organisation


@transaction.atomic
def remove_person(*, by: User, membership: Membership) -> None:
    """End a role; an organisation keeps at least one manager. Raises NotAllowed, RoleRefused."""
    if not rules.can_manage(by, membership.organisation):
        raise NotAllowed
    _end(by, membership)


@transaction.atomic
def leave_organisation(*, by: User, membership: Membership) -> None:
    """Give up an own role. What was written stays, and who wrote it. Raises NotAllowed, RoleRefused."""
    if membership.user_id != by.pk:
        raise NotAllowed
    _end(by, membership)


@transaction.atomic
def freeze_organisation(*, by: User, organisation: Organisation, version: int, reason: str) -> Organisation:
    """Take all rights from the people of an organisation at once; nothing is lost. Raises NotAllowed, ReasonMissing,
    StaleState, IllegalMove.
    """
    if not reason.strip():
        raise ReasonMissing
    return _stop_or_go(by, organisation, version, OrganisationState.FROZEN, "organisation.frozen",
                       return_reason=reason.strip())  # fmt: skip


@transaction.atomic
def thaw_organisation(*, by: User, organisation: Organisation, version: int) -> Organisation:
    """Give a frozen organisation its rights back. Raises NotAllowed, StaleState, IllegalMove."""
    if organisation.state != OrganisationState.FROZEN:
        raise StaleState(organisation.name)
    return _stop_or_go(by, organisation, version, OrganisationState.ACTIVE, "organisation.thawed", return_reason="")


def _stop_or_go(
    by: User, organisation: Organisation, version: int, target: str, verb: str, **changes: Any
) -> Organisation:
    if not rules.verifies(by, organisation):
        raise NotAllowed
    expect_version(organisation, version)
    before = organisation.state
    move(organisation, target, workflow=ORGANISATION, **changes)
    record(by=by, verb=verb, about=organisation, kind=KIND, from_state=before, to_state=target)
    return organisation


def _end(by: User, membership: Membership) -> None:
    organisation = membership.organisation
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two managers must not end each other
    if not Membership.objects.filter(pk=membership.pk, ended_at=None).exists():
        raise NotAllowed
    managing = managing_roles(organisation.kind)
    others = organisation.memberships.filter(role__in=managing, ended_at=None, user__is_active=True)
    if membership.role in managing and not others.exclude(pk=membership.pk).exists():
        raise RoleRefused(_("An organisation keeps at least one person who manages it."))
    end_membership(by=by, membership=membership)


def _label(name: str) -> str:
    if name == "university_kinds":
        return str(_("University categories"))
    return str(getattr(Organisation._meta.get_field(name), "verbose_name", name))  # noqa: SLF001 (Django's model API)


def _decide(by: User, organisation: Organisation, version: int, target: str, verb: str, **changes: Any) -> None:
    if not rules.verifies(by, organisation):
        raise NotAllowed
    if organisation.version != version or organisation.state != OrganisationState.APPLIED:
        raise StaleState(organisation.name)
    before = organisation.state
    move(organisation, target, workflow=ORGANISATION, **changes)
    record(by=by, verb=verb, about=organisation, kind=KIND, from_state=before, to_state=target)


def _refuse_code(code: str | None, *, but: Organisation | None = None) -> None:
    taken = Organisation.objects.filter(uscc=code) if code else Organisation.objects.none()
    if but is not None:
        taken = taken.exclude(pk=but.pk)
    if taken.exists():
        raise OrganisationRefused(_("This unified social credit code is registered already."))


def _keep(organisation: Organisation, credential: UploadedFile) -> None:
    """Store the file under a random name: what the applicant called it is nobody's path."""
    ending = PurePath(credential.name or "").suffix.lower()
    organisation.credential_file.save(f"{uuid.uuid4().hex}{ending}", credential, save=False)
    organisation.save(update_fields=["credential_file"])


def _tell(people: Iterable[User], kind: str, organisation: Organisation) -> None:
    notify(recipients=list(people), kind=kind, params={"organisation": organisation.name},
           url=organisation.get_absolute_url(),
           dedupe_key=f"{kind}:{organisation.uuid}:{organisation.version}")  # fmt: skip
