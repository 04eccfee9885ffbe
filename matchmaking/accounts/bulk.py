"""Many applications at once: a department enters the organisations of its region; each awaits its verification."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts import rules
from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.membership import KIND, NotAllowed, verify_organisation
from matchmaking.accounts.models import Organisation, OrganisationAlias, OrganisationQualification, User
from matchmaking.accounts.roles import APPLYING_KINDS
from matchmaking.accounts.services import OrganisationRefused, fold_name
from matchmaking.activity.services import record, record_many
from matchmaking.common.workflow import IllegalMove, StaleState

ENTERED = ("kind", "name", "uscc", "region", "name_en", "size", "above_scale", "industry", "university_kinds", "park",
           "supervisor", "summary", "contacts")  # fmt: skip
_ONE_WRITER = 0x6F7267  # the key of the lock: no two uploads enter the same organisation
_BATCH = 500


@transaction.atomic
def bulk_apply_organisations(
    *, by: User, department: Organisation, rows: Sequence[Mapping[str, Any]]
) -> list[Organisation]:
    """Enter organisations of the department's region as applications; nobody is told, the uploader verifies them.

    A row holds the columns of ENTERED (`name`, `kind` and `region` are needed) plus `aliases` (names) and
    `qualifications` (dicts code, number, valid_to). Raises NotAllowed (kind or region), OrganisationRefused (a name or
    code is taken), StaleState (taken in this very moment).
    """
    if department.pk not in {one.pk for one in by.organisations_with("organisation.verify")}:
        raise NotAllowed
    made = [
        Organisation(state=OrganisationState.APPLIED, **{name: row[name] for name in ENTERED if name in row})
        for row in rows
    ]
    if any(one.kind not in APPLYING_KINDS or not rules.verifies_from(department, one) for one in made):
        raise NotAllowed
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_WRITER])
    names = [_folded(one.name, row.get("aliases", ())) for one, row in zip(made, rows, strict=True)]
    _refuse_taken(made, names)
    try:
        with transaction.atomic():
            Organisation.objects.bulk_create(made, batch_size=_BATCH)
    except IntegrityError as error:  # a single application came in between
        raise StaleState(str(department)) from error
    OrganisationAlias.objects.bulk_create(
        (OrganisationAlias.of(one, name)
         for one, known in zip(made, names, strict=True) for name in known.values()), batch_size=1000,
    )  # fmt: skip
    OrganisationQualification.objects.bulk_create(
        (OrganisationQualification(organisation=one, **held)
         for one, row in zip(made, rows, strict=True) for held in row.get("qualifications", ())), batch_size=1000,
    )  # fmt: skip
    record_many(by=by, verb="organisation.applied", about=made, kind=KIND, organisation=department,
                to_state=OrganisationState.APPLIED)  # fmt: skip
    return made


@transaction.atomic
def correct_application(
    *,
    by: User,
    organisation: Organisation,
    version: int,
    data: Mapping[str, Any],
    aliases: Iterable[str] | None = None,
    qualifications: Iterable[Mapping[str, Any]] | None = None,
) -> Organisation:
    """Change an application before it is verified, as an officer who verifies it; what is not given stays.

    Raises NotAllowed, OrganisationRefused, StaleState.
    """
    if not rules.can_verify(by, organisation):
        raise NotAllowed
    values = {name: data[name] for name in ENTERED if name in data}
    after = Organisation(**{name: values.get(name, getattr(organisation, name)) for name in ("kind", "region", "name")})
    if after.kind not in APPLYING_KINDS or not rules.verifies(by, after):
        raise NotAllowed
    if aliases is None:
        aliases = [alias.name for alias in organisation.aliases.all() if alias.name != organisation.name]
    names = _folded(after.name, aliases)
    _refuse_taken([Organisation(uscc=values.get("uscc"))], [names], but=organisation)
    contacts = values.pop("contacts", None)
    door = Organisation.objects.filter(pk=organisation.pk, version=version, state=OrganisationState.APPLIED)
    if door.update(**values, version=F("version") + 1, updated_at=timezone.now()) != 1:
        raise StaleState(organisation.name)
    organisation.refresh_from_db()
    if contacts is not None:
        organisation.contacts = contacts
        organisation.save(update_fields=["contacts"])
    organisation.aliases.all().delete()
    OrganisationAlias.objects.bulk_create(OrganisationAlias.of(organisation, name) for name in names.values())
    if qualifications is not None:
        organisation.qualifications.all().delete()
        OrganisationQualification.objects.bulk_create(
            OrganisationQualification(organisation=organisation, **held) for held in qualifications
        )
    record(by=by, verb="organisation.edited", about=organisation, kind=KIND)
    return organisation


@transaction.atomic
def take_back_applications(*, by: User, organisations: Iterable[Organisation]) -> None:
    """Take applications back that nobody has verified and nobody refers to. Raises NotAllowed, StaleState."""
    for organisation in organisations:
        if not rules.can_verify(by, organisation):
            raise NotAllowed
        record(by=by, verb="organisation.taken_back", about=organisation, kind=KIND, from_state=organisation.state)
        door = Organisation.objects.filter(
            pk=organisation.pk, version=organisation.version, state=OrganisationState.APPLIED
        )
        try:
            if not door.delete()[0]:
                raise StaleState(organisation.name)
        except ProtectedError as error:
            raise StaleState(organisation.name) from error


def verify_organisations(
    *, by: User, organisations: Iterable[tuple[Organisation, int]]
) -> tuple[list[Organisation], list[Organisation]]:
    """Verify each application, with the version that was seen; return (verified, left: changed or not verifiable)."""
    done: list[Organisation] = []
    left: list[Organisation] = []
    for organisation, version in organisations:
        try:
            done.append(verify_organisation(by=by, organisation=organisation, version=version))
        except (NotAllowed, OrganisationRefused, StaleState, IllegalMove):
            left.append(organisation)
    return done, left


def _folded(name: str, aliases: Iterable[str]) -> dict[str, str]:
    """{folded: name} of the canonical name and the others, each spelling once."""
    found: dict[str, str] = {}
    for one in (name, *aliases):
        found.setdefault(fold_name(one), one)
    return found


def _refuse_taken(
    made: Sequence[Organisation], names: Sequence[Mapping[str, str]], *, but: Organisation | None = None
) -> None:
    """Raise OrganisationRefused when a name or a code already means another organisation."""
    wanted = [folded for known in names for folded in known]
    aliases = OrganisationAlias.objects.filter(folded__in=wanted)
    codes = Organisation.objects.filter(uscc__in=[one.uscc for one in made if one.uscc])
    if but is not None:
        aliases, codes = aliases.exclude(organisation=but), codes.exclude(pk=but.pk)
    if alias := aliases.select_related("organisation").first():
        raise OrganisationRefused(
            _("“%(name)s” already names %(other)s.") % {"name": alias.name, "other": alias.organisation}
        )
    if code := codes.first():
        raise OrganisationRefused(_("The code %(code)s is registered already.") % {"code": code.uscc})
