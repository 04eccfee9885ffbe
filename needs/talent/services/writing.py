"""Writing a talent post: create, change, and create many at once. Nothing here moves a state."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from matchmaking.activity.services import record, record_many
from matchmaking.common.search import search_vector
from matchmaking.common.workflow import StaleState
from matchmaking.intake.services.versions import edit_told
from matchmaking.programmes.models import Programme, Visibility
from matchmaking.programmes.services import next_public_no
from matchmaking.vocabularies.models import Region
from needs.models import TechNeed
from needs.talent import rules
from needs.talent.completeness import (
    BODY_FIELDS,
    ROW_FIELDS,
    gives_away,
    names_owner,
    secret_marks,
    values_of,
)
from needs.talent.enums import EDITABLE, IN_POOL, WEEKLY, PostState
from needs.talent.models import TalentInvitation, TalentPost, TalentPostBody
from needs.talent.rules import KIND
from needs.talent.services.refusals import NotAllowed, Refused

_TEXTS = ("title", "duties", "requirements", "expected_output", "tech_field", "disciplines")
_ROW_EXTRAS = ("filled", "published_at", "state_since", "created_at", "is_sample", "is_load")
_BATCH = 500


@transaction.atomic
def create_talent_post(
    *,
    by: User,
    owner: Organisation,
    programme: Programme,
    region: Region | None = None,
    data: Mapping[str, Any],
    invited: Iterable[Organisation] = (),
) -> TalentPost:
    """Create a draft of `owner`. `data` holds fields of both halves by their model names, `contact` as a dict with
    name, position, phone, email, `tech_need` as a need of the owner. Raises NotAllowed and Refused."""
    if not rules.can_create_for(by, owner):
        raise NotAllowed
    _refuse(data, owner)
    row = {**data, "owner": owner, "region": region or owner.region}
    [post] = _insert([row], by=by, programme=programme, state=PostState.DRAFT)
    _invite(post, invited)
    record(by=by, verb="post.created", about=post, kind=KIND, organisation=named(post, owner), acting_for=owner,
           to_state=post.state)  # fmt: skip
    return post


@transaction.atomic
def update_talent_post(
    *,
    by: User,
    post: TalentPost,
    version: int,
    data: Mapping[str, Any],
    invited: Iterable[Organisation] | None = None,
) -> TalentPost:
    """Change a draft or returned post; fields that are not in `data` stay. `invited` replaces all guests.

    Raises NotAllowed, Refused, and StaleState when `version` is no longer the stored one.
    """
    if not rules.owns(by, post):
        raise NotAllowed
    return write(by=by, post=post, version=version, data=data, invited=invited)


def write(
    *,
    by: User,
    post: TalentPost,
    version: int,
    data: Mapping[str, Any],
    invited: Iterable[Organisation] | None = None,
    states: Sequence[str] = EDITABLE,
) -> TalentPost:
    """Write what is given if the post stands in one of `states`, inside the caller's transaction, who has asked whether
    it may be. Raises Refused, NotAllowed (a need that is not the owner's), StaleState."""
    body = TalentPostBody.objects.select_related("owner", "tech_need").get(post=post)
    before = values_of(post, body)
    after = before | {name: value for name, value in data.items() if name in before}
    _refuse(after, body.owner)
    public, private = _vectors(after, body.owner)
    values = _row_values(after) | {
        "shown_enterprise": body.owner if after["visibility"] == Visibility.PUBLIC else None,
        "search_vector": public,
        "version": F("version") + 1,
        "text_version": F("text_version") + (1 if any(before[name] != after[name] for name in _TEXTS) else 0),
        "updated_at": timezone.now(),
    }
    if "programme" in data:
        values["programme"] = data["programme"]
    door = TalentPost.objects.filter(pk=post.pk, version=version, state__in=states)
    if door.update(**values) != 1:
        raise StaleState(post.public_no)
    kept = {name: after[name] for name in BODY_FIELDS}
    TalentPostBody.objects.filter(post=post).update(**kept, search_vector=private)
    if invited is not None:
        post.invitations.all().delete()
        _invite(post, invited)
    post.refresh_from_db()
    edit = edit_told(kind=KIND, version=version, before=before, after=after)
    record(by=by, verb="post.edited", about=post, kind=KIND, organisation=named(post, body.owner),
           acting_for=body.owner, detail={"version": post.version}, **edit)  # fmt: skip
    return post


@transaction.atomic
def bulk_create_talent_posts(
    *,
    by: User,
    owner: Organisation | None = None,
    programme: Programme,
    rows: Sequence[Mapping[str, Any]],
    state: str = PostState.DRAFT,
) -> list[TalentPost]:
    """Create many posts in a handful of queries, in any state, without telling anybody.

    A row holds what `create_talent_post` takes in `data` and may override `owner`, `programme`, `region`, `state`,
    `filled`, `published_at`, `state_since`, `created_at`, `created_by`, `is_sample`, `is_load`, `invited`
    (organisations). Raises Refused for the first row whose text may not be stored or published.
    """
    filled = [{"owner": owner, "state": state, **row} for row in rows]
    for row in filled:
        _refuse(row, row["owner"])
        if row["state"] in IN_POOL and (problems := names_owner(row, row["owner"])):
            raise Refused(problems)
    posts = _insert(filled, by=by, programme=programme, state=state)
    TalentInvitation.objects.bulk_create(
        TalentInvitation(post=post, organisation=guest)
        for post, row in zip(posts, filled, strict=True)
        for guest in row.get("invited", ())
    )
    record_many(by=by, verb="post.created", about=posts, kind=KIND)
    return posts


def named(post: TalentPost, owner: Organisation) -> Organisation | None:
    """Return the owner where the history may name him: an entry is read by more people than the body."""
    return None if post.visibility == Visibility.HIDDEN_OWNER else owner


def _insert(rows: Sequence[Mapping[str, Any]], *, by: User, programme: Programme, state: str) -> list[TalentPost]:
    now = timezone.now()
    numbers = next_public_no("RC", count=len(rows))
    posts, bodies = [], []
    for number, row in zip(numbers, rows, strict=True):
        owner = row["owner"]
        public, private = _vectors(row, owner)
        moved = row.get("state", state)
        extras = {name: row[name] for name in _ROW_EXTRAS if row.get(name) is not None}
        post = TalentPost(
            public_no=number,
            programme=row.get("programme") or programme,
            region=row.get("region") or owner.region,
            state=moved,
            shown_enterprise=owner if row.get("visibility", Visibility.PUBLIC) == Visibility.PUBLIC else None,
            search_vector=public,
            **_row_values(row),
            **extras,
        )
        if moved in IN_POOL and post.published_at is None:
            post.published_at = now
        posts.append(post)
        bodies.append(
            TalentPostBody(post=post, owner=owner, created_by=row.get("created_by") or by, search_vector=private,
                           **{name: row[name] for name in BODY_FIELDS if name in row})
        )  # fmt: skip
    TalentPost.objects.bulk_create(posts, batch_size=_BATCH)
    for body in bodies:
        body.post_id = body.post.pk
    TalentPostBody.objects.bulk_create(bodies, batch_size=_BATCH)
    return posts


def _row_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the public row that are given; days a week only where the attendance asks for them."""
    found = {name: values[name] for name in ROW_FIELDS if name in values}
    if "attendance" in found and found["attendance"] != WEEKLY:
        found["days_per_week"] = None
    return found


def _invite(post: TalentPost, guests: Iterable[Organisation]) -> None:
    TalentInvitation.objects.bulk_create(TalentInvitation(post=post, organisation=guest) for guest in guests)


def _refuse(values: Mapping[str, Any], owner: Organisation) -> None:
    """Refuse marks of state secrets and a related need that is not the owner's. Raises Refused."""
    problems = secret_marks(values) | gives_away(values)
    need: TechNeed | None = values.get("tech_need")
    if need is not None and not TechNeed.objects.filter(pk=need.pk, body__owner=owner).exists():
        raise NotAllowed
    if problems:
        raise Refused(problems)


def _vectors(values: Mapping[str, Any], owner: Organisation) -> tuple[Any, Any]:
    """Return the vectors of the public row and of the body.

    The public row is searched by everybody who sees it: of a post that is not fully public it holds the title alone.
    The body is searched by its readers, who may not know a hidden owner: then neither vector holds the name.
    """
    visibility = values.get("visibility") or Visibility.PUBLIC
    name = "" if visibility == Visibility.HIDDEN_OWNER else owner.name
    whole = search_vector({
        "A": values.get("title", ""),
        "B": values.get("duties", ""),
        "C": f"{values.get('requirements', '')} {values.get('expected_output', '')}",
        "D": name,
    })  # fmt: skip
    if visibility == Visibility.PUBLIC:
        return whole, whole
    return search_vector({"A": values.get("title", "")}), whole
