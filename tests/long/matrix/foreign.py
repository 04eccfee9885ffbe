"""Foreign ids in bodies and query strings (M3): what 乙 has not shown to 甲, and what naming it must not bring about.

A form is asked once to learn which names it reads; then everything that could carry an id carries the id of a foreign
record, in every writing an id has here. Nothing of the record, nothing that refers to it, may have changed, and no word
of it may stand in the answer or on the page to which the answer leads.
"""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django import forms
from django.apps import apps
from django.db import connection, models, transaction
from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Consent, Correction, Membership
from matchmaking.accounts.roster.models import RosterEntry
from matchmaking.finding.models import SavedSearch
from matchmaking.intake.models import Attachment, FormDraft, ImportBatch
from matchmaking.jobs.models import Job
from matchmaking.matching.models import Question
from matchmaking.notifications.models import Notification
from tests.factories.accounts import OrganisationFactory, region
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need
from tests.factories.programmes import programme
from tests.factories.talent import make_post
from tests.factories.teams import make_team
from tests.long.matrix.walk import send, writes
from tests.long.matrix.world import World

FAR = 500_000_001  # a key that is no code, no year and no level
CANARY = "赤颈鹤"  # stands in every text of 乙, and in no other
# What says how or when, and names nothing: replacing it would only make the form refuse itself.
PLAIN = {"version", "do", "save", "decision", "reason", "answer", "csrfmiddlewaretoken", "next", "page", "draft"}
# Kinds that a part of the portal could reach by an id; a part that is not named here gets all of them.
KINDS = {
    "catalog": ("achievement", "waiting_achievement", "organisation"),
    "api": ("achievement", "need", "expert", "organisation", "batch"),
    "needs": ("need", "waiting_need", "organisation"), "talent": ("post", "waiting_post", "need"),
    "experts": ("expert", "waiting_expert", "organisation"),
    "teams": ("team", "expert"), "imports": ("batch", "organisation"), "drafts": ("form_draft",), "files": ("file",),
    "review": ("waiting_achievement", "waiting_need", "expert"),
    "duplicates": ("achievement", "need"), "jobs": ("job",),
    "notifications": ("notification",), "matching": ("match", "need", "achievement", "expert", "question"),
    "finding": ("need", "achievement", "expert", "saved_search"),
    "accounts": ("organisation", "membership", "roster_entry"), "privacy": ("organisation", "correction", "consent"),
    "portal": ("need",),
}  # fmt: skip


def plant(world: World) -> dict[str, Any]:
    """One record of every kind that 乙 in Shandong has shown to nobody; kind → row."""
    people, shandong = world.people, {"region": region("37")}
    lead, officer = people["other_enterprise_lead"], people["other_university_officer"]
    need = make_need(world.other_enterprise, lead, state="draft", title=f"{CANARY}需求", problem=CANARY)
    achievement = complete(AchievementFactory(
        pk=FAR, state="draft", title=f"{CANARY}成果", body__owner=world.other_university,
        body__created_by=people["other_researcher"], **shandong))  # fmt: skip
    expert = make_expert(world.other_university, officer, state="nominated", name=f"{CANARY}专家",
                         organisation=world.other_university)  # fmt: skip
    applicant = OrganisationFactory(name=f"{CANARY}申请企业", state="applied", **shandong)
    Membership.objects.create(user=lead, organisation=applicant, role=Role.ENTERPRISE_OWNER)
    file = Attachment.objects.create(object_kind="achievement", object_id=achievement.uuid, file=world.store_file(),
                                     kind="test_report", visibility="public", created_by=officer)  # fmt: skip
    waiting = complete(AchievementFactory(
        state="submitted", title=f"{CANARY}待审成果", body__owner=world.other_university,
        body__created_by=people["other_researcher"], **shandong))  # fmt: skip
    match = MatchFactory(need=need, achievement=achievement, state="proposed")
    role = lead.memberships.order_by("pk").first()
    # Its year is nearly over, so it may be confirmed, by those who may.
    Membership.objects.filter(pk=role.pk).update(confirmed_at=timezone.now() - timedelta(days=350))
    role.refresh_from_db()
    return {
        "waiting_need": make_need(world.other_enterprise, lead, state="submitted", title=f"{CANARY}待审需求"),
        "waiting_post": make_post(world.other_enterprise, lead, state="submitted", title=f"{CANARY}待审岗位"),
        "waiting_expert": make_expert(world.other_university, officer, state="unit_agreed", name=f"{CANARY}待审专家",
                                      organisation=world.other_university),
        "waiting_achievement": waiting,
        "need": need, "achievement": achievement, "expert": expert, "organisation": applicant, "file": file,
        "post": make_post(world.other_enterprise, lead, state="draft", title=f"{CANARY}岗位"),
        "team": make_team(expert, officer, state="draft", visibility="public", name=f"{CANARY}团队"),
        "match": match, "question": Question.objects.create(match=match, side="enterprise", text=CANARY, asked_by=lead),
        "batch": ImportBatch.objects.create(kind="achievement", owner=world.other_university, programme=programme(),
                                            heading={"places": {}, "row_no": 1, "units": {}}, file=world.store_file(),
                                            state="checked", created_by=officer),
        "job": Job.objects.create(kind="matrix.foreign", requested_by=lead),
        "membership": role,
        "roster_entry": RosterEntry.objects.create(organisation=world.other_university, name=CANARY, created_by=officer,
                                                   joined_on=timezone.localdate()),
        "correction": Correction.objects.create(
            person=people["other_expert"], owner=world.other_university, object_kind="expert", object_id=expert.uuid,
            request=CANARY, due_on=timezone.localdate() + timedelta(days=9)),
        "consent": Consent.objects.create(user=people["other_expert"], person_name=CANARY, scope="expert_pool",
                                          text_version="2026-1.zh-hans"),
        "notification": Notification.objects.create(recipient=lead, kind="need_published", dedupe_key="foreign",
                                                    url="/"),
        "saved_search": SavedSearch.objects.create(user=lead, pool="need", name=CANARY, query=f"q={CANARY}"),
        "form_draft": FormDraft.objects.create(user=lead, key="need:new", fields=[["title", CANARY]]),
    }  # fmt: skip


def unseen(rows: dict[str, Any], person: Any) -> dict[str, Any]:
    """Those that this person may not know of; kinds without a queryset of readers are 乙's own in any case."""

    def seen(row: Any) -> bool:
        every = type(row).objects.all()
        return hasattr(every, "visible_to") and every.visible_to(person).filter(pk=row.pk).exists()

    return {kind: row for kind, row in rows.items() if not seen(row)}


def writings(row: Any) -> list[str]:
    """Every way in which a form of the portal writes an id."""
    version = getattr(row, "version", 1)
    found = [str(row.pk), f"{row.pk}:{version}"]
    for name in ("uuid", "public_no"):
        if value := getattr(row, name, None):
            found += [str(value), f"{value}:{version}"]
    return found


def digest(rows: dict[str, Any]) -> dict[str, str]:
    """For each foreign row a digest of it, of its parts, and of all that refers to it."""
    return {kind: hashlib.sha256("\n".join(_texts(row, 2)).encode()).hexdigest() for kind, row in rows.items()}


def _texts(row: models.Model, depth: int) -> Iterator[str]:
    yield from _read(row._meta.db_table, row._meta.pk.column, row.pk)
    for relation in row._meta.related_objects:
        table, column = relation.related_model._meta.db_table, relation.field.column
        if relation.many_to_many:
            table, column = relation.through._meta.db_table, relation.field.m2m_reverse_name()
        elif depth and relation.one_to_one:
            for part in relation.related_model._base_manager.filter(**{relation.field.name: row}):
                yield from _texts(part, depth - 1)
        yield from _read(table, column, row.pk)
    for table in _pointing():
        yield from _read(table, "object_id", getattr(row, "uuid", uuid.UUID(int=0)))


def _pointing() -> list[str]:
    """Tables that point at records of any kind: history, attachments, review steps."""
    return [
        one._meta.db_table
        for one in apps.get_models()
        if any(field.column == "object_id" and isinstance(field, models.UUIDField) for field in one._meta.fields)
    ]


def _read(table: str, column: str, value: Any) -> list[str]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {quote(table)} t WHERE {quote(column)} = %s ORDER BY 1", [value])
        return [f"{table} {text}" for (text,) in cursor.fetchall()]


class Names:
    """What a request looked for in its body or query, and which of it a form holds to be an id or a text."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.fields: dict[str, forms.Field] = {}

    def candidates(self) -> list[str]:
        """Names that may carry an id: read without a form, chosen from a table, or written as a text."""
        return sorted(name for name in self.read - PLAIN if self._may_be_id(name))

    def _may_be_id(self, name: str) -> bool:
        field = self.fields.get(name)
        if name.endswith(("_FORMS", "-DELETE")):
            return False
        if field is None or isinstance(field, forms.ModelChoiceField | forms.UUIDField):
            return True
        return isinstance(field, forms.CharField) and not isinstance(field, forms.EmailField | forms.URLField)


@contextmanager
def names() -> Iterator[Names]:
    """Listen to what is read inside the block."""
    found = Names()
    init = forms.BaseForm.__init__

    def listening(name: str) -> Any:
        real = getattr(QueryDict, name)

        def look(self: QueryDict, key: Any, *rest: Any, **kw: Any) -> Any:
            if isinstance(key, str):
                found.read.add(key)
            return real(self, key, *rest, **kw)

        return look

    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        found.fields.update({self.add_prefix(name): field for name, field in self.fields.items()})

    with ExitStack() as stack:
        for name in ("__getitem__", "get", "getlist", "__contains__"):
            stack.enter_context(patch.object(QueryDict, name, listening(name)))
        stack.enter_context(patch.object(forms.BaseForm, "__init__", begin))
        yield found


def api_names() -> dict[str, list[str]]:
    """The fields of every body of the API, by the address in the OpenAPI document."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    found: dict[str, list[str]] = {}
    for where, asked in document["paths"].items():
        for verb in asked.values():
            for body in verb.get("requestBody", {}).get("content", {}).values():
                kind = body["schema"].get("$ref", "").rpartition("/")[2]
                shape = document["components"]["schemas"].get(kind, body["schema"])
                found.setdefault(where, []).extend(shape.get("properties", {}))
    return found


def attempt(client: Any, method: str, path: str, given: dict[str, Any], rows: dict[str, Any],
            before: dict[str, str]) -> list[str]:  # fmt: skip
    """Ask with foreign ids, follow where it leads, undo it; return what went wrong."""
    point, cookies, wrong = transaction.savepoint(), client.cookies.copy(), []
    with writes() as wrote:
        answer = client.get(path, given) if method == "GET" else send(client, method, path, given, extra={})
        text = text_of(answer)
        if answer.status_code in (301, 302, 303) and answer["Location"].startswith(("/", "?")):
            text += text_of(client.get(answer["Location"] if answer["Location"][0] == "/" else path))
    for word in _tells(rows, given):
        if word in text:
            place = max(0, text.index(word) - 60)
            wrong.append(f"{answer.status_code}, tells of it: …{text[place : place + 90]!r}")
    if answer.status_code >= 500:
        wrong.append(f"error {answer.status_code}")
    if wrote:
        after = digest(rows)
        wrong += [f"{answer.status_code}, changed a foreign {kind}" for kind in rows if after[kind] != before[kind]]
    transaction.savepoint_rollback(point)
    client.cookies = cookies
    return wrong


def _tells(rows: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """The words by which an answer would tell of a foreign record; what was asked with may be said again."""
    asked = " ".join(map(str, given.values()))
    named = [str(getattr(row, name, "") or "") for row in rows.values() for name in ("public_no", "uuid")]
    return [CANARY, *(one for one in named if one and one not in asked)]


def text_of(answer: Any) -> str:
    if getattr(answer, "streaming", False):
        text = b"".join(answer.streaming_content).decode("utf-8", "replace")
        for close in getattr(answer, "_resource_closers", []):
            close()
        return text
    return answer.content.decode("utf-8", "replace") + answer.get("Location", "")


def kinds_of(key: str) -> tuple[str, ...]:
    """The kinds of foreign record that a route could reach by an id; all of them where nobody has said so."""
    every = ("need", "achievement", "expert", "organisation", "post", "team", "match", "batch", "job", "membership",
             "notification", "saved_search", "form_draft", "file", "question", "roster_entry", "correction",
             "consent")  # fmt: skip
    return KINDS.get(key.partition(":" if ":" in key else "-")[0], every)
