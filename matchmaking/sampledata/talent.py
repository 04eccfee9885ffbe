"""Written talent posts: most open, some in every other state of their life cycle."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Membership, Organisation
from matchmaking.intake.models import Decision
from matchmaking.intake.services.review import record_step
from matchmaking.programmes.models import Programme
from matchmaking.sampledata import texts
from matchmaking.sampledata.organisations import World
from needs.models import TechNeed
from needs.talent.enums import IN_POOL
from needs.talent.enums import PostState as S
from needs.talent.models import TalentPost
from needs.talent.rules import KIND
from needs.talent.services import bulk_create_talent_posts

# By the number of the post; every other one is published.
STATES = {4: S.SUBMITTED, 6: S.DRAFT, 9: S.SUBMITTED, 11: S.RETURNED, 13: S.FILLED, 16: S.SUBMITTED, 18: S.EXPIRED,
          21: S.SUBMITTED, 23: S.REJECTED, 25: S.WITHDRAWN, 27: S.FILLED}  # fmt: skip
# Whose they are, so that the people of the sign-in page have something to do: the enterprise, the park, the officer.
OF_ENTERPRISE, OF_PARK, OF_REGION = (1, 6, 11, 13, 23), (4, 9), (16, 21)


def fill_posts(world: World, programmes: list[Programme], needs: dict[str, TechNeed]) -> list[TalentPost]:
    """Create the written posts. One that names a need belongs to its enterprise, any other to one of its industry."""
    owners = _owners(needs)
    records = texts.written("talent")
    rows = []
    for number, record in enumerate(records):
        need = needs[record["need"]] if record["need"] else None
        owner = owners[need.pk] if need else _owner(world, record, number)
        programme = programmes[number % len(programmes)]
        rows.append(_row(world, record, number, owner) | {"programme": programme, "tech_need": need})
    by = rows[0]["created_by"]
    posts = bulk_create_talent_posts(by=by, programme=programmes[0], rows=rows)
    for post, row in zip(posts, rows, strict=True):
        _explain(world, post, row["owner"])
    return posts


def _owners(needs: dict[str, TechNeed]) -> dict[int, Organisation]:
    """{need: its enterprise}, in one query."""
    wanted = [need.pk for need in needs.values()]
    rows = TechNeed.objects.filter(pk__in=wanted).select_related("body__owner__region", "body__owner__park")
    return {need.pk: need.body.owner for need in rows}


def _owner(world: World, record: dict[str, Any], number: int) -> Organisation:
    """The enterprise of the sign-in page, a tenant of its park, one of its officer's region, or one of the industry."""
    at_work = {name: Membership.objects.filter(user=pk) for name, pk in world.personas.items()}
    if number in OF_ENTERPRISE:
        return at_work["demo.enterprise_owner"].select_related("organisation__region")[0].organisation
    fitting = [one for one in world.enterprises if one.industry == record["industry"]]
    if number in OF_PARK:
        park = at_work["demo.park_admin"].values_list("organisation", flat=True)[0]
        fitting = [one for one in world.enterprises if one.park_id == park]
    if number in OF_REGION:
        place = at_work["demo.edu"].values_list("organisation__region", flat=True)[0]
        fitting = [one for one in world.enterprises if one.region_id == place and one.park_id is None]
    return (fitting or world.enterprises)[number * 7 % len(fitting or world.enterprises)]


def _row(world: World, record: dict[str, Any], number: int, owner: Organisation) -> dict[str, Any]:
    state = STATES.get(number, S.PUBLISHED)
    since = timezone.now() - timedelta(days=3 + number * 5 % 60, hours=number)
    closing = timezone.localdate() + timedelta(days=-4 if state == S.EXPIRED else 20 + number * 9 % 150)
    return {key: value for key, value in record.items() if key not in ("key", "industry", "need")} | {
        "owner": owner,
        "created_by": world.person(owner, Role.ENTERPRISE_OWNER),
        "state": state,
        "state_since": since,
        "created_at": since - timedelta(days=8),
        "published_at": since if state in IN_POOL else None,
        "filled": record["headcount"] if state == S.FILLED else 0,
        "open_until": closing,
        "contact": {"name": "人力资源部", "position": "", "phone": f"1900001{number:04d}",
                    "email": f"talent{number}@demo.invalid"},
        "is_sample": True,
    }  # fmt: skip


def _explain(world: World, post: TalentPost, owner: Organisation) -> None:
    """A returned or rejected post carries the step of the park or the department, with a note at a field."""
    if post.state not in (S.RETURNED, S.REJECTED):
        return
    acting = owner.park or world.departments[post.region_id, "dept_edu"]
    returned = post.state == S.RETURNED
    record_step(
        by=world.person(acting, Role.PARK_ADMIN if owner.park else Role.REGIONAL_OFFICER),
        record=post,
        kind=KIND,
        step="park" if owner.park else "region",
        decision=Decision.RETURN if returned else Decision.REJECT,
        organisation=acting,
        reason="请按批注补充后再次提交。" if returned else "与本企业已发布的岗位重复。",
        notes={"expected_output": "请写明可以核对的成果和时间。"} if returned else {},
    )
