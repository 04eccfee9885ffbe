"""What is noted in a database, and which databases `up` takes."""

import pytest

from matchmaking.devstack import notes
from matchmaking.devstack.console import DevstackError


def run(database, *statements):
    opened = database.connect("tongti")
    with opened.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    opened.close()


def test_notes_live_and_die_with_the_database(database):
    assert notes.recall(database.url) == {}
    notes.note(database.url, {"sample": "1"})
    notes.note(database.url, {"schema": "it's"})
    assert notes.recall(database.url) == {"sample": "1", "schema": "it's"}
    opened = database.connect()
    with opened.cursor() as cursor:
        cursor.execute("DROP DATABASE tongti")
    opened.close()
    database.ensure_database()
    assert notes.recall(database.url) == {}


@pytest.mark.parametrize("comment", ["our database, do not touch", "[1]", ""])
def test_comment_of_somebody_else_is_no_note(database, comment):
    run(database, f"COMMENT ON DATABASE tongti IS '{comment}'")
    assert notes.recall(database.url) == {}


def test_empty_database_is_taken_and_stays_taken(database):
    assert not notes.is_claimed(database.url)
    notes.claim(database.url)
    run(database, "CREATE TABLE people (name text)")
    notes.claim(database.url)
    assert notes.is_claimed(database.url)


def test_database_with_tables_of_somebody_else_is_refused(database):
    run(database, "CREATE TABLE people (name text)")
    with pytest.raises(DevstackError, match="holds tables that “portal up” did not make"):
        notes.claim(database.url)
    assert not notes.is_claimed(database.url)


def test_unreachable_database_is_a_sentence(layout):
    url = f"postgres://app@/x?host={layout.data}"
    with pytest.raises(DevstackError, match="cannot be used"):
        notes.claim(url)
    assert not notes.is_claimed(url)


def test_fingerprint_follows_code_and_database(database, monkeypatch, tmp_path):
    monkeypatch.setattr(notes, "PROJECT", tmp_path)
    (tmp_path / "app" / "migrations").mkdir(parents=True)
    migration = tmp_path / "app" / "migrations" / "0001_initial.py"
    migration.write_text("one")
    assert notes.schema_fingerprint(database.url) == ""  # nothing was ever applied

    run(database, "CREATE TABLE django_migrations (app text, name text)")
    seen = {notes.schema_fingerprint(database.url)}
    assert notes.schema_fingerprint(database.url) in seen
    run(database, "INSERT INTO django_migrations VALUES ('app', '0001_initial')")
    seen.add(notes.schema_fingerprint(database.url))
    migration.write_text("two")
    seen.add(notes.schema_fingerprint(database.url))
    data = tmp_path / "matchmaking" / "vocabularies" / "data"
    data.mkdir(parents=True)
    (data / "codes.csv").write_text("a")
    seen.add(notes.schema_fingerprint(database.url))
    assert len(seen) == 4
