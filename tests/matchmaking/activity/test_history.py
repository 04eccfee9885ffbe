"""History: written with the act, never changed, read without giving away persons."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from django.db import InternalError, ProgrammingError, connection, models, transaction
from django.template.loader import render_to_string
from django.utils.translation import override

from matchmaking.activity import labels
from matchmaking.activity.models import Entry
from matchmaking.activity.selectors import history
from matchmaking.activity.services import record, record_many
from matchmaking.common import middleware
from tests.factories.accounts import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


class State(models.TextChoices):
    DRAFT = "draft", "in draft"
    SUBMITTED = "submitted", "handed in"


@dataclass
class Thing:
    public_no: str = "CG-2026-000001"
    uuid: UUID = field(default_factory=uuid4)


@pytest.fixture
def named(monkeypatch):
    monkeypatch.setattr(labels, "_verbs", {})
    monkeypatch.setattr(labels, "_states", {})
    labels.register("thing", verbs={"submit": "submitted for review"}, states=State)


def submit(thing, by, organisation=None, **detail):
    return record(
        by=by,
        verb="submit",
        about=thing,
        kind="thing",
        organisation=organisation,
        from_state="draft",
        to_state="submitted",
        detail=detail,
    )


def test_an_entry_says_who_did_what_to_what_for_whom():
    user, firm, thing = UserFactory(full_name="甲"), OrganisationFactory(), Thing()
    entry = submit(thing, user, firm, version=3)
    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_name) == (user.pk, "")  # a name that is sealed could never be erased
    assert history(thing, kind="thing", show_people=True)[0]["by"] == f"甲 · {firm.name}"
    assert (entry.organisation_id, entry.organisation_name) == (firm.pk, firm.name)
    assert (entry.object_kind, entry.object_id, entry.object_no) == ("thing", thing.uuid, thing.public_no)
    assert (entry.from_state, entry.to_state, entry.detail) == ("draft", "submitted", {"version": 3})


def test_the_portal_itself_has_no_name():
    entry = submit(Thing(), None)
    assert (entry.actor_id, entry.actor_name, entry.request_id) == (None, "", "")


def test_the_request_can_be_found_again():
    token = middleware._current_request_id.set("abc")
    try:
        assert submit(Thing(), None).request_id == "abc"
    finally:
        middleware._current_request_id.reset(token)


def test_many_at_once_cost_one_statement(django_assert_num_queries):
    user, things = UserFactory(), [Thing(public_no=f"CG-{number}") for number in range(20)]
    with django_assert_num_queries(1):
        assert record_many(by=user, verb="release", about=things, kind="thing", to_state="submitted") == 20
    assert Entry.objects.about("thing", things[7].uuid).get().object_no == "CG-7"


def test_an_entry_goes_with_the_transaction():
    @transaction.atomic
    def refused():
        submit(Thing(), None)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (our own)
        refused()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity_entry SET verb = 'other'",
        "UPDATE activity_entry SET detail = detail",
        "DELETE FROM activity_entry",
    ],
)
def test_the_database_refuses_to_change_history(statement):
    submit(Thing(), None)
    with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_orm_is_refused_as_well():
    entry = submit(Thing(), None)
    with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(verb="other")
    with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
        entry.delete()


def test_history_cannot_be_emptied():
    """The suite switches this trigger off to clean up; inside this test's transaction it is on."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE activity_entry ENABLE TRIGGER activity_entry_no_truncate")
        with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE activity_entry")


@pytest.mark.usefixtures("named")
class TestReading:
    def test_newest_first_in_words(self):
        thing, firm = Thing(), OrganisationFactory(name="测试企业丙")
        submit(thing, UserFactory(), firm)
        submit(thing, UserFactory(), firm, reason="图纸不全")
        submit(Thing(), UserFactory(), firm)
        newest, oldest = history(thing, kind="thing")
        assert newest["at"] >= oldest["at"]
        assert (newest["title"], newest["by"]) == ("submitted for review", "测试企业丙")
        assert newest["text"] == "in draft → handed in\n图纸不全"

    def test_persons_only_where_asked_for(self):
        thing = Thing()
        submit(thing, UserFactory(full_name="张三丰"), OrganisationFactory(name="测试企业丙"))
        assert "张三丰" not in str(history(thing, kind="thing"))
        assert history(thing, kind="thing", show_people=True)[0]["by"] == "张三丰 · 测试企业丙"

    def test_what_the_portal_did_is_the_portals(self):
        thing = Thing()
        submit(thing, None)
        with override("en"):
            assert history(thing, kind="thing")[0]["by"] == "the portal"

    def test_unnamed_verbs_and_states_show_as_they_are(self):
        thing = Thing()
        record(by=None, verb="melt", about=thing, kind="other", to_state="liquid")
        assert [(line["title"], line["text"]) for line in history(thing, kind="other")] == [("melt", "liquid")]

    def test_one_query(self, django_assert_num_queries):
        thing = Thing()
        for _round in range(3):
            submit(thing, None)
        with django_assert_num_queries(1):
            assert len(history(thing, kind="thing")) == 3

    def test_the_fragment(self):
        thing = Thing()
        submit(thing, None)
        assert "submitted for review" in render_to_string(
            "components/_history.html", {"lines": history(thing, kind="thing")}
        )
        assert "history-entry" not in render_to_string("components/_history.html", {"lines": []})


def test_a_noun_says_in_words_what_its_detail_holds_in_codes():
    labels.register("told", tell=lambda detail: f"<{detail.get('code', '')}>")
    try:
        assert labels.told("told", {"code": "price", "reason": "unused"}) == "<price>"
        assert labels.told("untold", {"reason": "图纸不全"}) == "图纸不全"
        assert labels.told("untold", {"reason": ["not", "text"]}) == ""
    finally:
        labels._tellers.pop("told")
