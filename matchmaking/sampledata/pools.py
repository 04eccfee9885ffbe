"""Fills the three pools: written texts first, then variants, then load texts; most in the pool, some on the way."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from django.utils import timezone

from catalog.enums import IN_POOL as ACHIEVEMENT_POOL
from catalog.enums import AchievementState
from catalog.models import Achievement
from catalog.services import bulk_create_achievements
from experts.enums import ExpertState
from experts.models import Expert
from experts.services import bulk_create_experts
from matchmaking.accounts.enums import OrganisationKind, Role
from matchmaking.accounts.models import Organisation, User
from matchmaking.intake.models import Decision
from matchmaking.intake.services.review import record_step
from matchmaking.programmes.models import Programme
from matchmaking.sampledata import names, texts
from matchmaking.sampledata.organisations import World
from needs.enums import IN_POOL as NEED_POOL
from needs.enums import NeedState
from needs.models import TechNeed
from needs.services import bulk_create_needs

ACHIEVEMENTS, NEEDS, EXPERTS = 400, 260, 120
YEAR = 365
_SERIAL = re.compile(r"\d+$")
A, N = AchievementState, NeedState
# States of the variants; every written record is in the pool.
ACHIEVEMENT_STATES = [A.ACCEPTED] * 40 + [A.DRAFT, A.UNIT_REVIEW, A.SUBMITTED, A.SUBMITTED, A.RETURNED, A.REJECTED,
                      A.STALE, A.WITHDRAWN, A.SUSPENDED, A.TRANSFORMED]  # fmt: skip
NEED_STATES = [N.PUBLISHED] * 30 + [N.DRAFT, N.SUBMITTED, N.SUBMITTED, N.CHECKED, N.RETURNED, N.REJECTED,
               N.CLOSED_UNSOLVED, N.WITHDRAWN, N.EXPIRED, N.SOLVED]  # fmt: skip
EXPERT_STATES = [ExpertState.IN_POOL] * 12 + [ExpertState.NOMINATED, ExpertState.CONSENTED, ExpertState.UNIT_AGREED]
EXPERT_STATES = [ExpertState.IN_POOL] * 12 + [ExpertState.NOMINATED, ExpertState.CONSENTED, ExpertState.UNIT_AGREED]
_NOT_COLUMNS = ("key", "unit_kind", "unit_hint", "size")


def fill_achievements(world: World, programmes: list[Programme], *, scale: int) -> dict[str, Achievement]:
    """Create the achievements and return the written ones by their key."""
    extra = ACHIEVEMENTS - len(texts.written("achievements"))
    every = chain(
        texts.written("achievements"),
        texts.variants("achievements", extra, world.rng),
        texts.load_texts("achievements", ACHIEVEMENTS * (scale - 1), world.rng),
    )
    made: dict[str, Achievement] = {}
    for batch in _batched(every):
        rows = [_achievement_row(world, programmes, record, number) for number, record in batch]
        by = world.person(rows[0]["owner"], Role.UNIVERSITY_OFFICER)
        created = bulk_create_achievements(by=by, rows=rows)
        made |= {record["key"]: row for (_n, record), row in zip(batch, created, strict=True)}
        _explain_refusals(world, created, "achievement")
    return made


def _achievement_row(world: World, programmes: list[Programme], record: dict[str, Any], number: int) -> dict[str, Any]:
    rng = world.rng
    fitting = [one for one in world.providers if one.kind == record["unit_kind"]] or world.providers
    owner = fitting[number % len(fitting)]
    written = number < len(texts.written("achievements"))
    state = A.ACCEPTED if written else ACHIEVEMENT_STATES[number % len(ACHIEVEMENT_STATES)]
    if "-v" not in record["key"] and not written:
        state = A.ACCEPTED
    pi = world.person(owner, Role.RESEARCHER)
    people = [{"name": pi.full_name, "organisation": owner, "user": pi}]
    people += [{"name": names.person_name(rng), "organisation": owner} for _ in range(rng.randrange(1, 4))]
    units = [owner]
    if record["ownership"] in ("joint", "with_ent"):
        others = world.enterprises if record["ownership"] == "with_ent" else world.providers
        units += [one for one in (rng.choice(others),) if one != owner]
    since = _some_day(rng)
    row = {name: value for name, value in record.items() if name not in _NOT_COLUMNS}
    return row | {
        "owner": owner,
        "programme": programmes[number % len(programmes)],
        "created_by": pi if number % 3 else world.person(owner, Role.UNIVERSITY_OFFICER),
        "state": state,
        "state_since": since,
        "created_at": since - timedelta(days=20),
        "confirmed_at": since if state in ACHIEVEMENT_POOL else None,
        "completing_units": units,
        "completers": people,
        "ip_items": [_ip_item(item, owner, "" if written else record["key"]) for item in record["ip_items"]],
        "indicators": [_indicator(row) for row in record["indicators"]],
        "contact": _contact(rng, "成果转化办公室"),
        "secrecy_declared": True,
        "unit_opinion": "经本单位审核，同意推荐。",
        "is_sample": True,
        "is_load": record["key"].startswith("load-"),
    }


def fill_needs(world: World, programmes: list[Programme], *, scale: int) -> dict[str, TechNeed]:
    """Create the needs and return the written ones by their key."""
    extra = NEEDS - len(texts.written("needs"))
    every = chain(
        texts.written("needs"),
        texts.variants("needs", extra, world.rng),
        texts.load_texts("needs", NEEDS * (scale - 1), world.rng),
    )
    made: dict[str, TechNeed] = {}
    for batch in _batched(every):
        rows = [_need_row(world, programmes, record, number) for number, record in batch]
        by = world.person(rows[0]["owner"], Role.ENTERPRISE_OWNER)
        created = bulk_create_needs(by=by, programme=programmes[0], rows=rows)
        made |= {record["key"]: need for (_n, record), need in zip(batch, created, strict=True)}
        _explain_refusals(world, created, "need")
    return made


def _need_row(world: World, programmes: list[Programme], record: dict[str, Any], number: int) -> dict[str, Any]:
    rng = world.rng
    fitting = [one for one in world.enterprises if one.industry == record["industry"]] or world.enterprises
    owner = fitting[(number * 7) % len(fitting)]
    written = number < len(texts.written("needs"))
    state = N.PUBLISHED if written or record["key"].startswith("load-") else NEED_STATES[number % len(NEED_STATES)]
    if state == N.CHECKED and owner.park_id is None:
        state = N.SUBMITTED
    since = _some_day(rng)
    row = {name: value for name, value in record.items() if name not in _NOT_COLUMNS}
    invited = rng.sample(world.providers, 3) if record["visibility"] == "invited" else []
    return row | {
        "owner": owner,
        "programme": programmes[number % len(programmes)],
        "created_by": world.person(owner, Role.ENTERPRISE_OWNER),
        "state": state,
        "state_since": since,
        "published_at": since if state in NEED_POOL else None,
        "created_at": since - timedelta(days=12),
        "open_until": None if state != N.EXPIRED else timezone.localdate() - timedelta(days=5),
        "indicators": [_indicator(row) for row in record["indicators"]],
        "contact": _contact(rng, "技术中心"),
        "invited": invited,
        "is_sample": True,
        "is_load": record["key"].startswith("load-"),
    }


def fill_experts(world: World, programmes: list[Programme], *, scale: int) -> dict[str, Expert]:
    """Create the experts and return the written ones by their key."""
    extra = EXPERTS * scale - len(texts.written("experts"))
    every = chain(texts.written("experts"), texts.expert_variants(extra, world.rng))
    made: dict[str, Expert] = {}
    named: list[User] = []
    for batch in _batched(every):
        rows = [_expert_row(world, programmes, record, number, named) for number, record in batch]
        created = bulk_create_experts(by=rows[0]["created_by"], programme=programmes[0], rows=rows)
        made |= {record["key"]: expert for (_n, record), expert in zip(batch, created, strict=True)}
    User.objects.bulk_update(named, ["full_name"])
    return made


def _expert_row(
    world: World, programmes: list[Programme], record: dict[str, Any], number: int, named: list[User]
) -> dict[str, Any]:
    """A row of the pool. A unit's first expert has its expert's account; who is on the way has the researcher's."""
    owner = world.providers[(number * 3) % len(world.providers)]
    written = number < len(texts.written("experts"))
    state = ExpertState.IN_POOL if written else EXPERT_STATES[number % len(EXPERT_STATES)]
    user = None
    if number < len(world.providers):
        user = world.person(owner, Role.EXPERT)
    elif state != ExpertState.IN_POOL and number < EXPERTS:
        user = world.person(owner, Role.RESEARCHER)
    name = record["name"] if written else user.full_name if user else names.person_name(world.rng)
    contact = _contact(world.rng, record.get("position", ""))
    if user is not None:
        contact["email"] = user.email
        if user.full_name != name:
            user.full_name = name
            named.append(user)
    began = timezone.now() - timedelta(days=100)
    return {key: value for key, value in record.items() if key not in _NOT_COLUMNS} | {
        "name": name,
        "user": user,
        "owner": owner,
        "organisation": owner,
        "programme": programmes[number % len(programmes)],
        "created_by": world.person(owner, Role.UNIVERSITY_OFFICER),
        "state": state,
        "consented_at": None if state == ExpertState.NOMINATED else began,
        "unit_opinion": "经本单位审核，同意推荐。" if state in (ExpertState.IN_POOL, ExpertState.UNIT_AGREED) else "",
        "term_from": timezone.localdate() - timedelta(days=100),
        "term_to": timezone.localdate() + timedelta(days=3 * YEAR - 100),
        "contact": contact,
        "is_sample": True,
        "is_load": number >= EXPERTS,
    }


def _explain_refusals(world: World, rows: Iterable[Any], kind: str) -> None:
    """Returned and rejected records carry the officer's step, with a note at a field."""
    for row in rows:
        world.waiting[row.region_id] += row.state == "submitted"
        if row.state not in ("returned", "rejected"):
            continue
        track = OrganisationKind.DEPT_EDU if kind == "achievement" else OrganisationKind.DEPT_MIIT
        department: Organisation = world.departments[row.region_id, track]
        returned = row.state == "returned"
        field = "key_points" if kind == "achievement" else "goal"
        record_step(
            by=world.person(department, Role.REGIONAL_OFFICER),
            record=row,
            kind=kind,
            step="region",
            decision=Decision.RETURN if returned else Decision.REJECT,
            organisation=department,
            reason="请按批注补充后再次提交。" if returned else "与已发布条目重复。",
            notes={field: "请写明可考核的数据和测试条件。"} if returned else {},
        )


def _batched(records: Iterable[dict[str, Any]], size: int = 500) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    batch: list[tuple[int, dict[str, Any]]] = []
    for number, record in enumerate(records):
        batch.append((number, record))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _some_day(rng: random.Random) -> datetime:
    return timezone.now() - timedelta(days=rng.randrange(2, 240), minutes=rng.randrange(600))


def _contact(rng: random.Random, position: str) -> dict[str, str]:
    number = rng.randrange(10_000)
    return {"name": names.person_name(rng), "position": position, "phone": f"1900000{number:04d}",
            "email": f"contact{number}@demo.invalid"}  # fmt: skip


def _indicator(row: dict[str, Any]) -> dict[str, Any]:
    """A written indicator as the columns of a row; what has no number becomes words."""
    given = {name: value for name, value in row.items() if name != "must" or value is not None}
    for name in ("value", "value_high"):
        given[name] = Decimal(given[name]) if given.get(name) not in (None, "") else None
    if given["operator"] == "text" or given["value"] is None:
        words = given.get("text") or given.get("condition") or given.get("now") or given.get("unit") or given["name"]
        given |= {"operator": "text", "value": None, "value_high": None, "text": str(words)[:200]}
    return given


def _own_number(number: str, key: str) -> str:
    """A number of its own for a record made from a written one; one in sixty keeps it, as the same work filed twice."""
    seal = zlib.crc32(key.encode())
    return number if not key or seal % 60 == 0 else _SERIAL.sub(f"{seal % 10**6:06d}", number, count=1)


def _ip_item(item: dict[str, Any], owner: Organisation, key: str) -> dict[str, Any]:
    return {"kind": item["kind"], "number": _own_number(item.get("no", ""), key), "title": item.get("title", ""),
            "status": item.get("status", ""), "encumbrances": item.get("encumbrances", []),
            "owner": owner.name}  # fmt: skip
