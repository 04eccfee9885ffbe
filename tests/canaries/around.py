"""What stands around the records: matches, drafts, uploads, notes, searches, contacts of organisations, messages."""

from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from matchmaking.accounts.enums import OrganisationState, Role
from matchmaking.accounts.roles import ENTERED_BY, capabilities_of, managing_roles
from matchmaking.finding.models import SavedSearch
from matchmaking.intake.models import (
    Appeal,
    FormDraft,
    ImportBatch,
    ImportRow,
    ProposedChange,
    RecordVersion,
    ReviewStep,
    StoredFile,
)
from matchmaking.matching.models import Contact, Dispute, MatchSide, Question
from matchmaking.notifications.models import Notification, OutboxMail
from needs.models import NeedRewrite, NeedRewriteSentence
from tests.canaries import readers
from tests.canaries.cast import OUTSIDE, SEATS
from tests.canaries.planting import VISIBILITIES, World
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.matching import MatchFactory
from tests.factories.programmes import programme

GROUPS = ("new", "changed", "unchanged", "missing", "invalid", "left_out", "incomplete", "questions")


def plant_around(world: World) -> None:
    _matches(world)
    _notes(world)
    _private(world)
    _uploads(world)
    _organisations(world)
    _people(world)


def _matches(world: World) -> None:
    """A match of every visibility: proposed, dropped, released and answered, in talks; with what each side wrote."""
    for need_visibility in VISIBILITIES:
        for target_visibility in ("public", "members", "hidden_owner"):
            if need_visibility == "hidden_owner" and target_visibility != "public":
                continue
            owner = "hidden" if need_visibility == "hidden_owner" else "enterprise"
            need = world.records["need", "published", need_visibility]
            target = world.records["achievement", "accepted", target_visibility]
            state = {"public": "contact_opened", "members": "dropped", "hidden_owner": "released"}[target_visibility]
            _match(world, need, target, owner, state)
    need = world.records["need", "matching", "public"]
    _match(world, need, world.records["achievement", "accepted", "public"], "enterprise", "proposed")


def _match(world: World, need: Any, target: Any, owner: str, state: str) -> None:
    garden, what = world.garden, f"match {need.visibility} {target.visibility} {state}"
    both = readers.OWNERS[owner] | readers.AUTHORS if state in {"released", "contact_opened"} else frozenset()
    both |= readers.JUDGES
    now = timezone.now()
    fields = {"drop_reason": "other", "drop_note": garden.word(f"{what} drop note", readers.JUDGES)}
    match = MatchFactory(
        need=need,
        achievement=target,
        state=state,
        proposed_by=world.cast.people["secretary"],
        proposal_note=garden.word(f"{what} proposal note", both),
        reasons=[
            {
                "signal": "text",
                "contribution": 0.6,
                "params": {"share": 0.6, "terms": [[need.body.problem, 0.4], [target.summary, 0.3]], "rest": 0.1},
                "need_quotes": [{"field": "problem", "text": need.body.problem}],
                "offer_quotes": [{"field": "summary", "text": target.summary}],
            },
            {
                "signal": "missing_terms",
                "contribution": -0.1,
                "params": {"terms": [need.body.goal]},
                "need_quotes": [{"field": "goal", "text": need.body.goal}],
                "offer_quotes": [],
            },
        ],
        **(fields if state == "dropped" else {}),
        **({"released_at": now} if state in {"released", "contact_opened"} else {}),
        **({"contact_opened_at": now} if state == "contact_opened" else {}),
    )
    world.add("match", f"{state}", f"{need.visibility}/{target.visibility}", match)
    if state in {"released", "contact_opened"}:
        for side, people in (
            ("enterprise", "owner" if owner == "enterprise" else "hidden_owner"),
            ("provider", "transfer"),
        ):
            MatchSide.objects.create(
                match=match,
                side=side,
                due_at=now,
                answer="interested" if state == "contact_opened" else "",
                answered_at=now if state == "contact_opened" else None,
                answered_by=world.cast.people[people] if state == "contact_opened" else None,
                note=garden.word(f"{what} note of {side}", both) if state == "contact_opened" else "",
            )
        Question.objects.create(
            match=match,
            side="provider",
            asked_by=world.cast.people["transfer"],
            text=garden.word(f"{what} question", both),
            answer=garden.word(f"{what} answer to it", both),
            answered_by=world.cast.people["owner"],
            answered_at=now,
        )
    if state == "contact_opened":
        Contact.objects.create(
            match=match,
            step="contact_opened",
            by=world.cast.people["transfer"],
            side="provider",
            summary=garden.word(f"{what} talks", both),
        )
        house = world.cast.people["transfer"].memberships.get().organisation
        Dispute.objects.create(
            match=match,
            signal="text",
            by=world.cast.people["transfer"],
            disputed_as="provider",
            organisation=house,
            fault="other",
            note=garden.word(f"{what} dispute", readers.UNIT | readers.JUDGES | {"author"}),
            reason={
                "signal": "text",
                "contribution": 0.1,
                "params": {"share": 0.1, "terms": [], "rest": 0.1},
                "need_quotes": [],
                "offer_quotes": [],
            },
        )


def _notes(world: World) -> None:
    """Appeals, changes that wait, versions, other wordings: for whoever sees the file of the record."""
    garden, people = world.garden, world.cast.people
    for (kind, told, visibility), record in world.records.items():
        if kind != "need":
            continue
        owner = "hidden" if visibility == "hidden_owner" else "enterprise"
        by = people["hidden_owner" if owner == "hidden" else "owner"]
        file = readers.need_file(record.state, owner, handed_in=True)
        what = f"need {visibility} {told}"
        house = record.body.owner
        if told == "rejected":
            rejection = ReviewStep.objects.get(object_id=record.uuid, decision="reject")
            Appeal.objects.create(
                object_kind="need",
                object_id=record.uuid,
                rejection=rejection,
                organisation=house,
                by=by,
                text=garden.word(f"{what} appeal", file),
            )
        if told == "published":
            ProposedChange.objects.create(
                object_kind="need",
                object_id=record.uuid,
                fields=["problem"],
                record_version=1,
                organisation=house,
                by=by,
                data={"problem": garden.word(f"{what} proposed change", file)},
            )
            for number in (1, 2):
                RecordVersion.objects.create(
                    object_kind="need",
                    object_id=record.uuid,
                    number=number,
                    what="submitted",
                    record_version=number,
                    by=by,
                    data={"problem": garden.word(f"{what} version {number}", file), "title": record.title},
                )
            _rewrite(world, record, what, file)


def _rewrite(world: World, need: Any, what: str, file: frozenset[str]) -> None:
    garden, officer = world.garden, world.cast.people["miit"]
    new = garden.word(f"{what} other wording", file)
    made = NeedRewrite.objects.create(
        need=need,
        field="problem",
        original=need.body.problem,
        proposed=new,
        by=officer,
        organisation=officer.memberships.get().organisation,
        note=garden.word(f"{what} note to the wording", file),
    )
    NeedRewriteSentence.objects.create(rewrite=made, position=1, old=need.body.problem, new=new)


def _private(world: World) -> None:
    """What is a person's own: forms not sent, searches kept, messages."""
    garden = world.garden
    for name, person in world.cast.people.items():
        if person is None:
            continue
        draft = FormDraft.objects.create(
            user=person,
            key="need:new" if name in readers.OWNERS["enterprise"] else "achievement:new",
            fields=[["title", garden.word(f"draft of {name}", {name})]],
        )
        world.uuids.setdefault("draft", []).append(draft.uuid)
        search = SavedSearch.objects.create(
            user=person,
            pool="need",
            name=garden.word(f"search of {name}", {name}),
            query=f"q={garden.word(f'query of {name}', {name})}",
        )
        world.uuids.setdefault("search", []).append(search.uuid)


def _uploads(world: World) -> None:
    """Two uploads with cells that nobody outside the organisation reads."""
    for kind, house, name, who in (
        ("achievement", "university", "transfer", readers.UNIT),
        ("need", "enterprise", "owner", {"owner", "editor"}),
    ):
        person, owner = world.cast.people[name], world.cast.houses[house]
        file = StoredFile(
            name=f"{world.garden.word(f'name of the upload of {kind}', who)}.xlsx",
            size=9,
            sha256="0" * 64,
            owner=owner,
            created_by=person,
        )
        file.file.save(file.uuid.hex, ContentFile(b"PK"), save=False)
        file.save()
        batch = ImportBatch.objects.create(
            kind=kind,
            owner=owner,
            programme=programme(),
            file=file,
            state="checked",
            created_by=person,
            counts=dict.fromkeys(GROUPS, 0) | {"new": 2},
            heading={"row_no": 1, "places": {"title": 0}, "units": {}},
        )
        for row in (2, 3):
            cell = world.garden.word(f"cell of an upload of {kind}", who)
            ImportRow.objects.create(
                batch=batch, row_no=row, group="new", values={"title": cell}, cleaned={"title": cell}
            )
        world.uuids.setdefault("import", []).append(batch.uuid)


def _organisations(world: World) -> None:
    """Contacts of every organisation; an application that came back, with the officer's words and a credential."""
    garden = world.garden
    for name, house in world.cast.houses.items():
        contact = {
            "name": garden.word(f"contact of {name}", _managers(world, name)),
            "phone": garden.word(f"telephone of {name}", _managers(world, name)),
        }
        house.contacts = [contact]
        house.save(update_fields=["contacts"])  # the frozen one stays frozen
        world.uuids.setdefault("organisation", []).append(house.uuid)
    verifiers = readers.NEED_OFFICERS | readers.ACHIEVEMENT_OFFICERS | {"ip", "applicant"}
    for state in (OrganisationState.APPLIED, OrganisationState.RETURNED):
        applied = OrganisationFactory(
            name=f"{garden.word(f'name of an organisation {state}', verifiers)}公司",
            state=state,
            summary=garden.word(f"summary of an organisation {state}", verifiers),
            return_reason=garden.word(f"why it came back {state}", verifiers) if state == "returned" else "",
        )
        content = garden.word(f"credential of an organisation {state}", verifiers)
        applied.credential_file.save("credential.pdf", ContentFile(f"%PDF-1.7\n% {content}\n".encode()))
        member(applied, Role.ENTERPRISE_OWNER, username=f"applicant_{state}", full_name="申请人")
        world.uuids["organisation"].append(applied.uuid)


def _managers(world: World, house: str) -> frozenset[str]:
    """Whoever manages it from within; of departments and national bodies also whoever enters them."""
    kind = world.cast.houses[house].kind
    entered = ENTERED_BY.get(kind)
    found = {name for name, (place, role) in SEATS.items() if place == house and role in managing_roles(kind)}
    found |= {name for name, (place, role) in SEATS.items()
              if entered and entered in capabilities_of(role, world.cast.houses[place].kind)}  # fmt: skip
    return frozenset(found - OUTSIDE)


def _people(world: World) -> None:
    """Addresses and names of accounts: for the person, for colleagues; nobody else."""
    for name, person in world.cast.people.items():
        if person is None or name not in SEATS:
            continue
        house = SEATS[name][0]
        colleagues = {other for other, (place, _role) in SEATS.items() if place == house and other != "former"}
        person.email = f"{world.garden.word(f'address of {name}', colleagues | {name, 'secretary'})}@example.test"
        person.save()


def messages(world: World) -> list[tuple[str, str]]:
    """(who, text) of every message and mail: what it says and, of a mail, its head."""
    by_key = {person.pk: name for name, person in world.cast.people.items() if person}
    by_mail = {person.email.lower(): name for name, person in world.cast.people.items() if person}
    told = [
        (by_key[row.recipient_id], f"{row.params} {row.url}")
        for row in Notification.objects.all()
        if row.recipient_id in by_key
    ]
    told += [
        (by_mail[row.to.lower()], f"{row.subject}\n{row.body}")
        for row in OutboxMail.objects.all()
        if row.to.lower() in by_mail
    ]
    return told
