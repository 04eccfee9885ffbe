"""M43: whoever edits, deletes, reorders, cuts or rewrites the history is found, at the first place."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override

from matchmaking.activity import verifying
from matchmaking.activity.anchoring import NAME
from matchmaking.activity.models import Anchor, Entry, Seal
from matchmaking.activity.verifying import verify_history
from tests.matchmaking.activity.crimes import anchor, forge_anchors, forge_chain, seal_all, unguarded, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outside(settings, tmp_path):
    settings.ANCHOR_DIRS = [tmp_path / "anchors"]
    return tmp_path / "anchors" / NAME


@pytest.fixture
def sealed():
    """Thirty entries; anchors stand behind the tenth and the twentieth."""
    entries = []
    for _round in range(3):
        if entries:
            anchor()
        entries += write(10)
        seal_all()
    return entries


def found():
    finding = verify_history().finding
    return finding and (finding.code, finding.params.get("position"))


def test_a_history_that_nobody_touched_is_whole(sealed):
    whole = verify_history()
    assert (whole.finding, whole.first, whole.last, whole.anchors, whole.waiting) == (None, 1, 30, 2, 0)


@pytest.mark.parametrize(
    "change",
    [
        "verb = 'thing.seen'",
        "at = at + interval '1 microsecond'",
        "actor_id = 7",
        "as_role = 'secretary'",
        "detail = jsonb_set(detail, '{version}', '14')",
        "detail = jsonb_set(detail, '{share}', '2.14285714285714289')",
        "before = '{\"version\": 1}'",
        "origin = '192.0.2.0/24'",
        "object_no = 'CG-00', verb = '5thing.edited'",
        "organisation_name = '图'",
    ],
)
def test_an_edit(sealed, change):
    with unguarded() as cursor:
        cursor.execute(f"UPDATE activity_entry SET {change} WHERE id = %s", [sealed[14].pk])
    assert found() == ("changed", 15)


def test_an_edit_is_told_in_words(sealed):
    with unguarded() as cursor:
        cursor.execute("UPDATE activity_entry SET to_state = 'accepted' WHERE id = %s", [sealed[14].pk])
    with override("en"), pytest.raises(CommandError) as refusal:
        call_command("verify_history")
    assert str(refusal.value) == (
        f"Entry {sealed[14].pk} (thing.edited CG-005) is not what was sealed in place 15."
    )  # fmt: skip


def test_a_deletion(sealed):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_entry WHERE id = %s", [sealed[14].pk])
    assert found() == ("deleted", 15)


def test_a_deletion_with_its_seal(sealed):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_entry WHERE id = %s", [sealed[14].pk])
        cursor.execute("DELETE FROM activity_seal WHERE position = 15")
    assert found() == ("missing", 15)


def test_a_seal_that_was_taken_away(sealed):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_seal WHERE position = 15")
    assert found() == ("missing", 15)


def test_two_places_exchanged(sealed):
    with unguarded() as cursor:
        cursor.execute("UPDATE activity_seal SET position = 99 WHERE position = 15")
        cursor.execute("UPDATE activity_seal SET position = 15 WHERE position = 16")
        cursor.execute("UPDATE activity_seal SET position = 16 WHERE position = 99")
    assert found() == ("order", 15)


def test_two_entries_exchanged(sealed):
    with unguarded() as cursor:
        one, two = sealed[14].pk, sealed[15].pk
        cursor.execute("UPDATE activity_seal SET entry_id = -1 WHERE entry_id = %s", [one])
        cursor.execute("UPDATE activity_seal SET entry_id = %s WHERE entry_id = %s", [one, two])
        cursor.execute("UPDATE activity_seal SET entry_id = %s WHERE entry_id = -1", [two])
    assert found() == ("changed", 15)


def test_the_end_cut_off(sealed):
    anchor()
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_entry WHERE id >= %s", [sealed[25].pk])
        cursor.execute("DELETE FROM activity_seal WHERE position > 25")
    assert found() == ("cut", 25)


def test_the_end_cut_off_and_grown_again(sealed):
    anchor()
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_entry WHERE id >= %s", [sealed[25].pk])
        cursor.execute("DELETE FROM activity_seal WHERE position > 25")
    write(8)
    seal_all()
    assert found() == ("rewritten", 30)


def test_everything_emptied(sealed):
    with unguarded() as cursor:
        cursor.execute("TRUNCATE activity_entry, activity_seal, activity_unsealed, activity_anchor")
    assert found() == ("cut", 0)


@pytest.mark.parametrize("with_anchors", [False, True], ids=["anchors left", "anchors forged too"])
def test_the_whole_chain_made_anew(sealed, with_anchors):
    """The chain alone fits again; only the files outside tell."""
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_entry WHERE id = %s", [sealed[4].pk])
    forge_chain()
    assert verifying._walk(0, verifying.BEGINNING, Seal.objects.count()) is None
    if with_anchors:
        forge_anchors()
    assert found() == ("rewritten", 10)


def test_without_the_files_a_forged_history_looks_whole(sealed, outside):
    """The control of the test above: this is what the anchors outside are for."""
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_entry WHERE id = %s", [sealed[4].pk])
    forge_chain()
    forge_anchors()
    outside.write_bytes(b"".join(map(verifying.line_of, Anchor.objects.order_by("number"))))
    assert found() is None


def test_an_entry_slipped_past_the_sealer(sealed):
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_unsealed")
        cursor.execute(
            "INSERT INTO activity_entry (at, actor_name, organisation_name, as_role, verb, object_kind, object_id,"
            " object_no, from_state, to_state, detail, before, after, request_id, origin)"
            " VALUES (now(), '', '', '', 'thing.seen', 'thing', gen_random_uuid(), '', '', '', '{}', '{}', '{}', '',"
            " '')"
        )
    assert found() == ("unsealed", None)


def test_an_entry_deleted_before_it_was_sealed(sealed):
    last = write(1)[0]
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_entry WHERE id = %s", [last.pk])
    assert found() == ("vanished", None)


class TestFiles:
    def test_gone(self, sealed, outside):
        outside.unlink()
        assert found() == ("anchor_file", None)

    def test_a_line_changed(self, sealed, outside):
        one, two = outside.read_bytes().splitlines(keepends=True)
        outside.write_bytes(one.replace(b'"count": 10', b'"count": 11') + two)
        assert found() == ("anchor_line", None)

    def test_no_line_at_all(self, sealed, outside):
        outside.write_bytes(b"nonsense\n")
        assert found() == ("anchor_line", None)

    def test_rows_removed(self, sealed):
        with unguarded() as cursor:
            cursor.execute("DELETE FROM activity_anchor WHERE number = 2")
        assert found() == ("anchor_rows", None)

    def test_a_line_that_is_being_written(self, sealed, outside):
        with outside.open("ab") as file:
            file.write(b'{"number": 3, "a')
        assert found() is None


class TestSince:
    def test_begins_at_the_last_anchor_before(self, sealed):
        assert (verify_history(since=timezone.now()).first, verify_history().first) == (21, 1)

    def test_finds_what_happened_after_it(self, sealed):
        with unguarded() as cursor:
            cursor.execute("UPDATE activity_entry SET verb = 'x' WHERE id = %s", [sealed[22].pk])
        finding = verify_history(since=timezone.now()).finding
        assert finding.params["position"] == 23

    def test_compares_every_anchor(self, sealed):
        forge_chain()
        with unguarded() as cursor:
            cursor.execute("UPDATE activity_seal SET digest = repeat('f', 64) WHERE position = 10")
        assert verify_history(since=timezone.now()).finding.code == "rewritten"

    @pytest.mark.parametrize("text", ["2026-13-01", "yesterday"])
    def test_no_time(self, text):
        with pytest.raises(CommandError):
            call_command("verify_history", f"--since={text}")

    @pytest.mark.parametrize("text", ["2026-11-22", "2026-11-22T08:00", "2026-11-22T08:00:00Z"])
    def test_a_time(self, sealed, text):
        out = io.StringIO()
        with override("en"):
            call_command("verify_history", f"--since={text}", stdout=out)
        assert out.getvalue().startswith("The history is whole: places ")


def test_looking_is_written_down(sealed):
    verify_history()
    entry = Entry.objects.get(verb=verifying.VERIFIED)
    assert (entry.detail, verifying.said_of(entry.detail)) == ({"first": 1, "last": 30, "anchors": 2}, "1–30")
    with unguarded() as cursor:
        cursor.execute("DELETE FROM activity_seal WHERE position = 15")
    verify_history()
    broken = Entry.objects.get(verb=verifying.BROKEN)
    assert json.loads(json.dumps(broken.detail))["code"] == "missing"
    with override("en"):
        assert verifying.said_of(broken.detail) == "Place 15 of the chain is missing."
