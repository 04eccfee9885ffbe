"""One chain over everything that was committed, whoever seals and however often; and its head outside the database."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import InternalError, ProgrammingError, connection, connections, transaction
from django.utils import timezone

from matchmaking.activity import anchoring, canonical, sealing
from matchmaking.activity.models import Anchor, Entry, Seal, Unsealed
from matchmaking.activity.verifying import verify_history
from matchmaking.common import crypto
from tests.matchmaking.activity.crimes import anchor, seal_all, unguarded, write


@pytest.fixture(autouse=True)
def outside(settings, tmp_path):
    settings.ANCHOR_DIRS = [tmp_path / "one", tmp_path / "two"]
    return [folder / anchoring.NAME for folder in settings.ANCHOR_DIRS]


def chain():
    return list(Seal.objects.order_by("position").values_list("position", "previous", "digest"))


def linked(rows):
    return all(row[1] == before[2] for before, row in pairwise(rows))


@pytest.mark.django_db
class TestSealing:
    def test_every_entry_has_one_place(self):
        entries = write(25)
        assert [seal_all(most=10), seal_all()] == [25, 0]
        assert list(Seal.objects.order_by("position").values_list("position", "entry_id")) == [
            (place, entry.pk) for place, entry in enumerate(entries, start=1)
        ]
        assert chain()[0][1] == sealing.BEGINNING
        assert linked(chain())
        assert not Unsealed.objects.exists()

    def test_what_waits_is_written_by_the_database(self):
        with connection.cursor() as cursor:
            write(1)
            cursor.execute(
                "INSERT INTO activity_entry (at, actor_name, organisation_name, as_role, verb, object_kind, object_id,"
                " object_no, from_state, to_state, detail, before, after, request_id, origin) SELECT at, actor_name,"
                " organisation_name, as_role, verb, object_kind, object_id, object_no, from_state, to_state, detail,"
                " before, after, request_id, origin FROM activity_entry"
            )
        assert Unsealed.objects.count() == 2

    def test_an_old_number_that_becomes_visible_late_is_sealed(self):
        """Numbers are given before the commit: what waits is asked, never what is greater than the last one."""
        late, *rest = write(3)
        Unsealed.objects.exists()
        with unguarded() as cursor:
            cursor.execute("DELETE FROM activity_unsealed WHERE entry_id = %s", [late.pk])
        seal_all()
        with unguarded() as cursor:
            cursor.execute("INSERT INTO activity_unsealed VALUES (%s)", [late.pk])
        assert seal_all() == 1
        assert list(Seal.objects.order_by("position").values_list("entry_id", flat=True)) == [
            *(one.pk for one in rest), late.pk,
        ]  # fmt: skip

    def test_nothing_leaves_unsealed(self):
        write(2)
        with pytest.raises((InternalError, ProgrammingError), match="until it is sealed"), transaction.atomic():
            connection.cursor().execute("DELETE FROM activity_unsealed")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE activity_seal SET digest = previous",
            "DELETE FROM activity_seal",
            "UPDATE activity_anchor SET head = digest",
            "DELETE FROM activity_anchor",
            "UPDATE activity_unsealed SET entry_id = entry_id + 1",
        ],
    )
    def test_the_database_keeps_seals_and_anchors(self, statement):
        write(2)
        seal_all(most=1)
        anchor()
        write(1)
        with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)

    @pytest.mark.parametrize("table", ["activity_seal", "activity_anchor", "activity_unsealed"])
    def test_they_cannot_be_emptied(self, table):
        """The suite switches these triggers off to clean up; inside this test's transaction they are on."""
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_truncate")
            with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
                cursor.execute(f"TRUNCATE {table}")

    def test_a_sealer_that_dies_leaves_nothing_half(self, monkeypatch):
        write(5)
        monkeypatch.setattr(Seal.objects, "bulk_create", dying(Seal.objects.bulk_create))
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            sealing.seal_entries()
        assert (Seal.objects.count(), Unsealed.objects.count()) == (0, 5)
        monkeypatch.undo()
        assert seal_all() == 5
        assert verify_history().finding is None

    def test_the_digest_may_be_another_one_from_now_on(self, settings):
        write(2)
        seal_all()
        settings.HISTORY_DIGEST = "sm3"
        write(2)
        seal_all()
        assert list(Seal.objects.order_by("position").values_list("method", flat=True)) == [
            "1/sha256", "1/sha256", "1/sm3", "1/sm3",
        ]  # fmt: skip
        assert verify_history().finding is None

    def test_a_digest_that_is_not_there(self, settings, monkeypatch):
        write(1)
        settings.HISTORY_DIGEST = "md5"
        with pytest.raises(ImproperlyConfigured, match="one of sha256, sm3"):
            sealing.seal_entries()

    def test_due_when_something_waits_and_the_last_round_is_over(self):
        assert not sealing.is_due()
        write(2)
        assert sealing.is_due()
        sealing.seal_entries(most=1)
        assert not sealing.is_due()
        with unguarded() as cursor:
            cursor.execute("UPDATE activity_seal SET sealed_at = sealed_at - interval '1 minute'")
        assert sealing.is_due()


def dying(work):
    def killed(rows):
        work(rows)
        raise KeyboardInterrupt

    return killed


def test_the_digests_of_the_standards():
    """FIPS 180-2 appendix B.1, and GB/T 32905-2016 appendix A.1."""
    assert crypto.digest(b"abc", "sha256") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert crypto.digest(b"abc", "sm3") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_an_openssl_without_sm3_says_so(monkeypatch):
    def refuse(algorithm):
        raise crypto.UnsupportedAlgorithm(algorithm.name)

    monkeypatch.setattr(crypto.hashes, "Hash", refuse)
    with pytest.raises(ImproperlyConfigured, match="offers no sm3"):
        crypto.digest(b"abc", "sm3")


def test_no_two_rows_have_the_same_bytes():
    assert canonical.packed(["ab", "c"]) != canonical.packed(["a", "bc"])
    assert canonical.packed([None, ""]) != canonical.packed(["", None])
    assert canonical.packed(["-"]) != canonical.packed([None])
    assert canonical.packed(["图", None]) == b"3:\xe5\x9b\xbe-"
    assert canonical.stamp(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == "2026-01-02T03:04:05.000006Z"


def test_every_column_of_an_entry_is_sealed():
    assert {field.column for field in Entry._meta.concrete_fields} == set(canonical.COLUMNS)


@pytest.mark.django_db
class TestAnchors:
    def test_one_for_each_new_head_in_every_place(self, outside):
        assert anchor() is None
        write(3)
        seal_all()
        first = anchor()
        assert anchor() is None
        write(1)
        seal_all()
        second = anchor()
        assert (first.position, second.position, second.previous) == (3, 4, first.digest)
        assert second.head == chain()[-1][2]
        for path in outside:
            assert path.read_bytes() == anchoring.line_of(first) + anchoring.line_of(second)
            assert path.stat().st_mode & 0o777 == 0o600

    def test_a_place_that_was_away_is_brought_up(self, outside):
        write(1)
        seal_all()
        anchor()
        outside[1].unlink()
        write(1)
        seal_all()
        anchor()
        assert outside[1].read_bytes() == outside[0].read_bytes()

    def test_half_a_line_is_completed(self, outside):
        write(1)
        seal_all()
        anchor()
        whole = outside[0].read_bytes()
        outside[0].write_bytes(whole[:40])
        assert anchoring.write_files() == 1
        assert outside[0].read_bytes() == whole

    @pytest.mark.parametrize("other", [b"nonsense\n", b'{"number": 1}\n', b'{"number": 9}\n', b"{'half"])
    def test_a_file_that_says_something_else_is_left_alone(self, outside, other):
        write(1)
        seal_all()
        anchor()
        outside[0].write_bytes(other)
        with pytest.raises(anchoring.AnchorsDiffer, match="verify_history"):
            anchoring.write_files()
        assert outside[0].read_bytes() == other


def at_once(acts):
    """Run all of them on sessions of their own, which start together; raise what one of them raised."""
    start, wrong = threading.Barrier(len(acts)), []

    def one(act):
        try:
            start.wait()
            act()
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("restore_reference_data")
class TestMany:
    def test_eight_writers_and_four_sealers_make_one_chain(self, monkeypatch):
        """M43: 0 forks. Each writer commits entry by entry while the sealers work."""
        over = timezone.now() + timedelta(seconds=30)

        def seal():
            while Seal.objects.count() < 400 and timezone.now() < over:
                sealing.seal_entries(most=7)

        def write_apart():
            for _number in range(50):
                write(1)

        at_once([write_apart] * 8 + [seal] * 4)
        rows = chain()
        assert [row[0] for row in rows] == list(range(1, 401))
        assert len({row[1] for row in rows}) == len({row[2] for row in rows}) == 400
        assert linked(rows)
        assert verify_history().finding is None

    def test_two_anchorers_write_each_line_once(self, outside):
        write(3)
        seal_all()
        at_once([anchor] * 4)
        assert Anchor.objects.count() == 1
        assert [path.read_bytes().count(b"\n") for path in outside] == [1, 1]

    def test_without_the_lock_sealers_meet(self, monkeypatch):
        """The control: the chain still does not fork, because the database refuses the second successor."""
        monkeypatch.setattr(sealing, "hold", lambda key: None)
        refused = []

        def seal():
            while Unsealed.objects.exists():
                try:
                    sealing.seal_entries(most=5)
                except Exception as error:
                    refused.append(error)

        write(200)
        at_once([seal] * 6)
        assert refused
        assert linked(chain())
        assert len(chain()) == 200
