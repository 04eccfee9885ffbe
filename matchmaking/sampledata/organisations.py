"""Fictional organisations of every kind, with valid codes, and the people who work there."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from matchmaking.accounts.enums import OrganisationKind as K
from matchmaking.accounts.enums import OrganisationState, Role
from matchmaking.accounts.models import Membership, Organisation, OrganisationAlias, OrganisationQualification, User
from matchmaking.sampledata import names
from matchmaking.sampledata.codes import generate_uscc
from matchmaking.vocabularies.models import Region

# Regions of the demonstration; the first one holds the personas of the sign-in page.
REGIONS = ("32", "33", "37", "42", "51", "61", "44", "3702")
DEPARTMENTS = {
    K.DEPT_MIIT: "工业和信息化主管部门",
    K.DEPT_EDU: "教育主管部门",
    K.DEPT_STI: "科技主管部门",
    K.DEPT_IP: "知识产权主管部门",
    K.DEPT_PARK: "高新区主管部门",
}
SCHOOL_KINDS = (["double_first"], ["provincial"], ["applied"], ["moe", "founder"], ["provincial"], ["vocational"])


@dataclass
class World:
    """What the seed has made so far, by role in the story."""

    rng: random.Random
    regions: dict[str, Region] = field(default_factory=dict)
    providers: list[Organisation] = field(default_factory=list)
    enterprises: list[Organisation] = field(default_factory=list)
    parks: list[Organisation] = field(default_factory=list)
    departments: dict[tuple[str, str], Organisation] = field(default_factory=dict)
    operator: Organisation | None = None
    people: dict[tuple[int, str], User] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    personas: dict[str, int] = field(default_factory=dict)
    waiting: Counter[str] = field(default_factory=Counter)

    def person(self, organisation: Organisation, role: Role) -> User:
        """The person who holds a role in an organisation."""
        return self.people[organisation.pk, role]

    def busiest_region(self) -> str:
        """The region with most records waiting for its officers; the personas of the sign-in page work there."""
        return max(REGIONS, key=lambda code: (self.waiting[code], code))


def build_organisations(world: World, *, scale: int, industries: list[str]) -> None:
    """Create the organisations and people of a scale: 40 providers, 90 enterprises and 12 parks at scale 1."""
    world.regions = Region.objects.in_bulk(REGIONS)
    made = _Maker(world)
    places = cycle(REGIONS)
    for name in names.school_names(28 if scale == 1 else 120):
        kinds = SCHOOL_KINDS[len(world.providers) % len(SCHOOL_KINDS)]
        world.providers.append(made.add(name, K.UNIVERSITY, next(places), university_kinds=kinds))
    for place, name in zip(cycle(names.PLACES), [*names.INSTITUTES, *names.INSTITUTES[:3]], strict=False):
        world.providers.append(made.add(f"{place}{name}", K.INSTITUTE, next(places)))
    for place, name in zip(names.PLACES[8:], names.NEW_INSTITUTES, strict=False):
        world.providers.append(made.add(f"{place}{name}", K.NEW_RD_INSTITUTE, next(places)))
    for place in names.PLACES[10:12]:
        world.providers.append(made.add(f"{place}医学中心", K.HOSPITAL, next(places)))
    made.flush()
    for number in range(12):
        kind = (K.PARK_HITECH, K.PARK_UNIV, K.PARK_HITECH)[number % 3]
        word = "高新技术产业开发区" if kind == K.PARK_HITECH else "大学科技园"
        host = world.providers[number] if kind == K.PARK_UNIV else None
        world.parks.append(made.add(f"{names.PLACES[number]}{word}", kind, REGIONS[number % 8], host_university=host))
    for place in REGIONS:
        for kind, word in DEPARTMENTS.items():
            name = f"（示例）{world.regions[place].short_zh}{word}"
            world.departments[place, kind] = made.add(name, kind, place)
    made.flush()
    _enterprises(world, made, scale=scale, industries=industries)
    world.operator = made.add("（示例）同题平台秘书处", K.OPERATOR, None)
    for kind, name in ((K.NATIONAL, "（示例）国家产学研主管部门"), (K.BANK, "（示例）澄陵科创银行"),
                       (K.FUND, "（示例）岚川创业投资基金"), (K.BROKER, "（示例）霁江技术转移中心")):  # fmt: skip
        made.add(name, kind, None if kind in (K.NATIONAL, K.BANK, K.FUND) else "32")
    made.flush()
    _people(world, made.all)


def _enterprises(world: World, made: _Maker, *, scale: int, industries: list[str]) -> None:
    rng = world.rng
    firms = names.firm_names(rng, industries)
    for number in range(90 * scale):
        place = REGIONS[number % len(REGIONS)]
        parks = [park for park in world.parks if park.region_id == place]
        world.enterprises.append(
            made.add(
                next(firms),
                K.ENTERPRISE,
                place,
                industry=industries[number % len(industries)],
                size=rng.choices(["large", "medium", "small", "micro"], [2, 3, 4, 1])[0],
                park=rng.choice(parks) if parks and number % 3 else None,
                contacts=[{"name": names.person_name(rng), "position": "研发负责人", "phone": _phone(rng)}],
                is_load=number >= 90,
            )
        )
    made.flush()
    OrganisationQualification.objects.bulk_create(
        OrganisationQualification(organisation=firm, code=code, number=f"示例{firm.pk:06d}")
        for number, firm in enumerate(world.enterprises)
        for code in (("hnte",), ("srdi", "hnte"), ("tech_sme",), ("little_giant", "srdi"))[number % 4]
    )


def _phone(rng: random.Random) -> str:
    """A number of the 190 range with zeros in the middle, which no operator has given out."""
    return f"1900000{rng.randrange(10_000):04d}"


class _Maker:
    """Collects organisations and writes them with their aliases in a few queries."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.waiting: list[Organisation] = []
        self.all: list[Organisation] = []

    def add(self, name: str, kind: K, place: str | None, **fields: Any) -> Organisation:
        code = generate_uscc(self.world.rng, place or "11", kind)
        organisation = Organisation(
            name=name,
            kind=kind,
            uscc=code,
            region=self.world.regions[place] if place else None,
            state=OrganisationState.ACTIVE,
            is_sample=True,
            summary="演示用虚构单位。",
            **fields,
        )
        self.waiting.append(organisation)
        return organisation

    def flush(self) -> None:
        Organisation.objects.bulk_create(self.waiting, batch_size=500)
        OrganisationAlias.objects.bulk_create(
            (OrganisationAlias.of(one, one.name) for one in self.waiting),
            batch_size=1000,
        )
        self.all += self.waiting
        self.waiting = []


_PROVIDER_PEOPLE = (
    (Role.UNIVERSITY_OFFICER, "tto", "成果转化专员"),
    (Role.RESEARCHER, "pi", "项目负责人"),
    (Role.EXPERT, "expert", "专家"),
)
ROLE_OF_KIND: dict[str, tuple[tuple[Role, str, str], ...]] = {
    K.UNIVERSITY: _PROVIDER_PEOPLE,
    K.INSTITUTE: _PROVIDER_PEOPLE,
    K.NEW_RD_INSTITUTE: _PROVIDER_PEOPLE,
    K.HOSPITAL: _PROVIDER_PEOPLE,
    K.ENTERPRISE: ((Role.ENTERPRISE_OWNER, "ent", "企业技术负责人"),),
    K.PARK_HITECH: ((Role.PARK_ADMIN, "park", "园区管理员"),),
    K.PARK_UNIV: ((Role.PARK_ADMIN, "park", "园区管理员"),),
    K.DEPT_MIIT: ((Role.REGIONAL_OFFICER, "miit", "工信专员"),),
    K.DEPT_EDU: ((Role.REGIONAL_OFFICER, "edu", "教育专员"),),
    K.DEPT_STI: ((Role.REGIONAL_OFFICER, "sti", "科技专员"),),
    K.DEPT_IP: ((Role.REGIONAL_OFFICER, "ip", "知识产权专员"),),
    K.DEPT_PARK: ((Role.REGIONAL_OFFICER, "lead", "高新区专员"),),
    K.OPERATOR: (
        (Role.SECRETARY, "secretary", "平台秘书"),
        (Role.SYSTEM_ADMIN, "sysadmin", "系统管理员"),
        (Role.SECURITY_ADMIN, "security", "安全管理员"),
        (Role.AUDIT_ADMIN, "audit", "审计管理员"),
    ),
    K.NATIONAL: ((Role.NATIONAL_OFFICER, "national", "部委专员"),),
    K.BANK: ((Role.INVESTOR, "bank", "科技支行经理"),),
    K.FUND: ((Role.INVESTOR, "fund", "投资经理"),),
    K.BROKER: ((Role.BROKER, "broker", "技术经理人"),),
}


def _people(world: World, organisations: list[Organisation]) -> None:
    """One person for every role of every organisation; nobody has a password, the demo signs in with one click."""
    users: list[User] = []
    held: list[tuple[User, Organisation, Role]] = []
    for organisation in organisations:
        for role, word, _title in ROLE_OF_KIND.get(organisation.kind, ()):
            username = f"{word}{len(users) + 1}"  # not the key: the same seed gives the same names
            user = User(
                username=username,
                email=f"{username}@demo.invalid",
                full_name=names.person_name(world.rng),
                is_sample=True,
            )
            user.set_unusable_password()
            users.append(user)
            held.append((user, organisation, role))
            world.people[organisation.pk, role] = user
            world.kinds[organisation.pk] = organisation.kind
            world.places[organisation.pk] = organisation.region_id or ""
    User.objects.bulk_create(users, batch_size=1000)
    Membership.objects.bulk_create(
        (Membership(user=user, organisation=organisation, role=role) for user, organisation, role in held),
        batch_size=1000,
    )
