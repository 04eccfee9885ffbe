"""A world in which every confidential or personal field of every record holds a canary of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from catalog.services import bulk_create_achievements
from experts.models import Conflict
from matchmaking.intake.models import Attachment, Decision, FieldNote, ReviewStep
from tests.canaries import readers
from tests.canaries.cast import Cast, make_cast
from tests.canaries.tokens import Garden
from tests.factories.experts import make_expert
from tests.factories.files import PDF, upload
from tests.factories.needs import make_need
from tests.factories.programmes import programme
from tests.factories.talent import make_post
from tests.factories.teams import make_team

# In every state that the pages treat apart; "withdrawn_early" was never handed in.
NEED_STATES = (
    "draft",
    "submitted",
    "checked",
    "returned",
    "rejected",
    "published",
    "matching",
    "docking",
    "expired",
    "withdrawn",
    "withdrawn_early",
)
POST_STATES = ("draft", "submitted", "returned", "published", "filled", "expired", "withdrawn", "withdrawn_early")
ACHIEVEMENT_STATES = (
    "draft",
    "unit_review",
    "submitted",
    "returned",
    "rejected",
    "accepted",
    "stale",
    "suspended",
    "under_negotiation",
    "withdrawn",
    "withdrawn_early",
)
EXPERT_STATES = ("nominated", "consented", "unit_agreed", "returned", "refused", "in_pool", "suspended", "left")
TEAM_STATES = ("draft", "submitted", "returned", "in_pool", "left")
VISIBILITIES = ("public", "members", "invited", "hidden_owner")
FORMS = ("/organisations/", "/needs/organisations/", "/achievements/organisations/", "/experts/organisations/")

NEED_BODY = (
    "background",
    "problem",
    "goal",
    "tried",
    "basis",
    "chain_link",
    "eligibility",
    "ip_terms_note",
    "site",
    "scale",
    "open_data",
    "trial_window",
    "support_offered",
    "access_conditions",
)
POST_BODY = ("duties", "requirements", "pay_details", "housing", "insurance", "expected_output", "mentor")
ACHIEVEMENT_ROW = (
    "title",
    "summary",
    "problem_solved",
    "key_points",
    "application_text",
    "needs_from_partner",
    "benefit",
)
NAMES_OWNER = ("grant_no", "ownership_note", "references", "awards")
CONTACT = ("name", "position", "phone", "email")


@dataclass
class World:
    """What stands in the database, and by which uuid each kind of record is asked for."""

    garden: Garden
    cast: Cast
    uuids: dict[str, list[UUID]] = field(default_factory=dict)
    records: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    media: dict[UUID, str] = field(default_factory=dict)

    def add(self, kind: str, state: str, visibility: str, record: Any) -> None:
        self.uuids.setdefault(kind, []).append(record.uuid)
        self.records[kind, state, visibility] = record


def plant(*, seed: int = 7, take: Callable[[tuple[str, ...]], tuple[str, ...]] = lambda names: names) -> World:
    """Plant everything; `take` leaves out states for a small world (every kind and visibility stays)."""
    garden = Garden(seed)
    hidden = garden.word("name of the hidden enterprise", readers.NOBODY)
    world = World(garden, make_cast({"hidden": f"{hidden}有限公司"}))
    _need_records(world, take)
    _post_records(world, take)
    _achievement_records(world, take)
    _expert_records(world, take)
    _allow_owner(world, hidden)
    return world


def _allow_owner(world: World, token: str) -> None:
    """The directory names every enterprise; a list, a page or a file of its hidden records must not."""
    plant = world.garden.plants[token]
    insiders = readers.OWNERS["hidden"] | readers.PARK | readers.NEED_OFFICERS | readers.LIST_OFFICERS
    world.garden.plants[token] = type(plant)(token, plant.what, insiders, FORMS)


def _contact(garden: Garden, what: str, who: frozenset[str]) -> dict[str, str]:
    said = {part: garden.word(f"{what} contact.{part}", who) for part in CONTACT}
    return said | {"email": f"{said['email']}@example.test"}


def _review(world: World, kind: str, record: Any, who: frozenset[str], by: str) -> None:
    """A returned or rejected record: what the officer said, in whole and at a field; a passed step where it left."""
    garden, state = world.garden, record.state
    person = world.cast.people[by]
    house = person.memberships.get().organisation
    step = {"object_kind": kind, "object_id": record.uuid, "organisation": house, "by": person, "record_version": 1}
    ReviewStep.objects.create(**step, step="unit", decision=Decision.PASS)
    decision = {"returned": Decision.RETURN, "rejected": Decision.REJECT, "refused": Decision.REJECT}.get(state)
    if decision is None:
        return
    made = ReviewStep.objects.create(
        **step, step="region", decision=decision, reason=garden.word(f"{kind} {state} reason of the decision", who)
    )
    FieldNote.objects.create(step=made, field="title", note=garden.word(f"{kind} {state} note at a field", who))


def _files(world: World, kind: str, record: Any, owner: Any, by: str, who: dict[str, frozenset[str]]) -> None:
    """One file for each choice of readers, with a canary in its name, its caption and its content."""
    from matchmaking.intake.models import StoredFile

    for place, (choice, allowed) in enumerate(who.items(), 1):
        what = f"{kind} {record.state} {record.visibility} file for {choice}"
        name, caption, content = (
            world.garden.word(f"{what}, {part}", allowed) for part in ("name", "caption", "content")
        )
        body = PDF + f"% {content}\n".encode()
        stored = StoredFile(
            name=f"{name}.pdf", size=len(body), sha256=f"{place:064d}", owner=owner, created_by=world.cast.people[by]
        )
        stored.file.save(stored.uuid.hex, upload(f"{name}.pdf", body), save=False)
        stored.save()
        made = Attachment.objects.create(
            object_kind=kind,
            object_id=record.uuid,
            file=stored,
            media_type="application/pdf",
            kind="other",
            visibility=choice,
            caption=caption,
            position=place,
            created_by=world.cast.people[by],
        )
        world.uuids.setdefault("file", []).append(made.uuid)


def _need_records(world: World, take: Any) -> None:
    garden, cast = world.garden, world.cast
    for visibility in VISIBILITIES:
        owner = "hidden" if visibility == "hidden_owner" else "enterprise"
        by = "hidden_owner" if owner == "hidden" else "owner"
        for told in take(NEED_STATES):
            state, early = told.removesuffix("_early"), told.endswith("_early")
            said = {"handed_in": not early}
            row = readers.need_row(state, visibility, owner, **said)
            body = readers.need_body(state, visibility, owner, **said)
            file = readers.need_file(state, owner, **said)
            what = f"need {visibility} {told}"
            texts = {name: garden.word(f"{what} {name}", body) for name in NEED_BODY}
            lines = [
                {
                    "name": garden.word(f"{what} indicator.name", body),
                    "operator": "ge",
                    "value": garden.amount(f"{what} indicator.value", body) // 1_000_000,
                    "value_high": None,
                    "unit": "%",
                    "text": garden.word(f"{what} indicator.text", body),
                    "now": garden.word(f"{what} indicator.now", body),
                    "must": True,
                }
            ]
            record = make_need(
                cast.houses[owner],
                cast.people[by],
                state=state,
                **said,
                visibility=visibility,
                title=garden.word(f"{what} title", row),
                indicators=lines,
                contact=_contact(garden, what, readers.OWNERS[owner]),
                budget_fen=garden.amount(f"{what} budget", file),
                wished_partners=garden.word(f"{what} wished partners", file),
                invited=[cast.houses["guest"]] if visibility == "invited" else [],
                **texts,
            )
            world.add("need", told, visibility, record)
            if state != "draft" and not early:
                _review(world, "need", record, file, "miit")
            known = readers.owner_name("need", state, visibility, owner, **said)
            pool = state in readers.NEED_POOL
            if told in {"draft", "published", "submitted"}:
                _files(
                    world,
                    "need",
                    record,
                    cast.houses[owner],
                    by,
                    {
                        choice: readers.attachment(choice, pool, body, known, file)
                        for choice in ("officers", "members", "public")
                    },
                )


def _post_records(world: World, take: Any) -> None:
    garden, cast = world.garden, world.cast
    for visibility in VISIBILITIES:
        owner = "hidden" if visibility == "hidden_owner" else "enterprise"
        by = "hidden_owner" if owner == "hidden" else "owner"
        for told in take(POST_STATES):
            state, early = told.removesuffix("_early"), told.endswith("_early")
            said = {"handed_in": not early}
            body = readers.post_body(state, visibility, owner, **said)
            what = f"post {visibility} {told}"
            texts = {name: garden.word(f"{what} {name}", body) for name in POST_BODY}
            title = garden.word(f"{what} title", readers.post_row(state, visibility, owner, **said))
            record = make_post(
                cast.houses[owner],
                cast.people[by],
                state=state,
                **said,
                visibility=visibility,
                title=title,
                contact=_contact(garden, what, readers.OWNERS[owner]),
                invited=[cast.houses["guest"]] if visibility == "invited" else [],
                **texts,
            )
            world.add("talent_post", told, visibility, record)
            if state != "draft" and not early:
                _review(world, "talent_post", record, readers.post_file(state, owner, **said), "park")


def _achievement_records(world: World, take: Any) -> None:
    garden, cast = world.garden, world.cast
    for visibility in VISIBILITIES:
        for told in take(ACHIEVEMENT_STATES):
            state, early = told.removesuffix("_early"), told.endswith("_early")
            said = {"handed_in": not early}
            row = readers.achievement_row(state, visibility, **said)
            owner = readers.achievement_owner(state, visibility, **said)
            file = readers.achievement_file(state, **said)
            what = f"achievement {visibility} {told}"
            texts = {name: garden.word(f"{what} {name}", row) for name in ACHIEVEMENT_ROW}
            texts |= {name: garden.word(f"{what} {name}", owner) for name in NAMES_OWNER}
            contact = _contact(garden, what, file)
            contact.pop("position")
            rights = owner | (frozenset({"ip"}) & row if visibility != "hidden_owner" else readers.NOBODY)
            record = bulk_create_achievements(
                by=cast.people["author"],
                owner=cast.houses["university"],
                programme=programme(),
                state=state,
                region=cast.houses["university"].region,
                rows=[
                    texts
                    | {
                        "visibility": visibility,
                        "tech_field": "0804",
                        "discipline": "460",
                        "trl": 6,
                        "source": "nat_plan",
                        "ownership": "single",
                        "applications": ["35"],
                        "coop_modes": ["license_non"],
                        "price_band": "b3",
                        "keywords": [garden.word(f"{what} keyword", row)],
                        "contact": contact,
                        "price_fen": garden.amount(f"{what} price", file),
                        "finance_amount_fen": garden.amount(f"{what} financing", file),
                        "trl_evidence": garden.word(f"{what} evidence of maturity", file),
                        "unit_opinion": garden.word(f"{what} opinion", file),
                        "unit_opinion_by": garden.word(f"{what} opinion by", file),
                        "secrecy_declared": True,
                        "indicators": [
                            {
                                "name": garden.word(f"{what} indicator.name", row),
                                "operator": "ge",
                                "value": "98",
                                "unit": "%",
                                "text": garden.word(f"{what} indicator.text", row),
                                "condition": garden.word(f"{what} indicator.condition", row),
                                "evidence": garden.word(f"{what} indicator.evidence", owner),
                            }
                        ],
                        "ip_items": [
                            {
                                "kind": "pat_inv",
                                "status": "granted",
                                **{
                                    name: garden.word(f"{what} right.{name}", rights)
                                    for name in ("number", "title", "owner", "inventors")
                                },
                            }
                        ],
                        "honours": [
                            {
                                "kind": "award",
                                "name": garden.word(f"{what} honour.name", owner),
                                "body": garden.word(f"{what} honour.body", owner),
                            }
                        ],
                        "completing_units": [cast.houses["university"]],
                        "completers": [
                            {"name": garden.word(f"{what} completer", owner), "user": cast.people["completer"]}
                        ],
                    }
                ],
            )[0]
            world.add("achievement", told, visibility, record)
            if state not in {"draft", "unit_review"} and not early:
                _review(world, "achievement", record, file, "edu")
            if told in {"draft", "accepted", "submitted"}:
                pool = state in readers.ACHIEVEMENT_POOL
                _files(
                    world,
                    "achievement",
                    record,
                    cast.houses["university"],
                    "transfer",
                    {
                        choice: readers.attachment(choice, pool, row, owner, file)
                        for choice in ("officers", "members", "public")
                    },
                )


def _expert_records(world: World, take: Any) -> None:
    garden, cast = world.garden, world.cast
    leads = {}
    for visibility in ("public", "members", "invited"):
        for state in take(EXPERT_STATES):
            what, row, file = (
                f"expert {visibility} {state}",
                readers.expert_row(state, visibility),
                readers.expert_file(state),
            )
            person = cast.people["expert"] if state == "left" or visibility == "members" else None
            if person is None:  # an entry without an account: nobody reads it as the person
                row, file = (
                    row - readers.PERSON if state != "in_pool" or visibility == "invited" else row,
                    file - readers.PERSON,
                )
            reach = readers.expert_contact(state) - (readers.PERSON if person is None else readers.NOBODY)
            record = make_expert(
                cast.houses["university"],
                cast.people["transfer"],
                state=state,
                visibility=visibility,
                user=person,
                name=garden.word(f"{what} name", row),
                position=garden.word(f"{what} position", row),
                directions=garden.word(f"{what} directions", row),
                contact=_contact(garden, what, reach),
                unit_opinion=garden.word(f"{what} opinion of the unit", file),
                works=[{"title": garden.word(f"{what} work", row), "kind": "paper", "year": 2022}],
            )
            world.add("expert", state, visibility, record)
            Conflict.objects.create(
                expert=record, organisation=cast.houses["foreign"], reason=garden.word(f"{what} conflict", file)
            )
            if state not in {"nominated", "left"}:
                _review(world, "expert", record, file, "edu")
                _files(world, "expert", record, cast.houses["university"], "transfer", {"officers": file})
            if state == "in_pool" and visibility != "invited":
                leads[visibility] = record
    _team_records(world, take, leads)


def _team_records(world: World, take: Any, leads: dict[str, Any]) -> None:
    garden, cast = world.garden, world.cast
    for visibility in ("public", "members"):
        for state in take(TEAM_STATES):
            what, row = f"team {visibility} {state}", readers.team_row(state, visibility)
            file = readers.team_file(state)
            record = make_team(
                leads["members"],
                cast.people["transfer"],
                state=state,
                visibility=visibility,
                **{name: garden.word(f"{what} {name}", row) for name in ("name", "summary", "achievements")},
            )
            world.add("team", state, visibility, record)
            if state not in {"draft", "left"}:
                _review(world, "team", record, file, "edu")


def soon() -> Any:
    return timezone.now() + timedelta(days=9)
