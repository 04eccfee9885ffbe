"""The register of personal fields and the table of retention are whole, and the pages and the manual say the same."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import translation

from matchmaking.accounts.privacy import classes, retention, rooms
from matchmaking.accounts.privacy import field_register as register


def columns():
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy and model.__module__.partition(".")[0] != "tests":
            for field in model._meta.concrete_fields:
                yield f"{model._meta.label}.{field.name}", field


def test_every_column_that_looks_personal_stands_in_the_register():
    found = {label for label, field in columns() if register.looks_personal(field)}
    assert sorted(found - set(register.FIELDS) - set(register.NOT_PERSONAL)) == []
    assert len(found) > 50


def test_the_register_names_no_column_that_is_not_there():
    there = {label for label, _field in columns()}
    assert sorted({*register.FIELDS, *register.NOT_PERSONAL} - there) == []
    assert not set(register.FIELDS) & set(register.NOT_PERSONAL)


@pytest.mark.parametrize(
    "name", ["email", "mobile", "contact_phone", "contact", "full_name", "person_name", "mentor", "id_card", "home"]
)
def test_a_new_column_of_such_a_name_is_seen(name):
    field = models.CharField(max_length=20)
    field.set_attributes_from_name(name)
    assert register.looks_personal(field)


@pytest.mark.parametrize("name", ["birth_date", "birthday", "age"])
def test_a_new_date_or_number_of_birth_is_seen(name):
    for field in (models.DateField(), models.PositiveSmallIntegerField()):
        field.set_attributes_from_name(name)
        assert register.looks_personal(field)


def test_every_rule_that_is_named_is_declared_and_every_room_has_one():
    codes = {rule.code for rule in retention.rules()}
    assert {said.retention for said in register.FIELDS.values()} <= codes
    assert {room.retention for room in rooms.rooms()} <= codes
    assert all(rule.what and rule.how_long and rule.since and rule.then and rule.source for rule in retention.rules())


def test_all_rooms_of_the_portal_have_registered():
    expected = {"account", "roles", "invitations", "sign_in", "history", "notifications", "experts", "achievements",
                "needs", "intake", "matches", "searches"}  # fmt: skip
    assert {room.code for room in rooms.rooms()} == expected


def test_the_manual_holds_the_table():
    text = (settings.BASE_DIR / "docs" / "personal-data.md").read_text("utf-8")
    with translation.override("en"):
        for rule in retention.rules():
            line = f"| `{rule.code}` | {rule.what} | {rule.how_long} | {rule.since} | {rule.then} | {rule.source} |"
            assert line in text, rule.code


def test_the_page_shows_every_rule_and_column(db, login, stranger):
    shown = login(stranger).get(reverse("privacy:rules")).content.decode()
    assert "<code>sign_in</code>" not in shown
    assert all(f"<code>{label}</code>" in shown for label in register.FIELDS)
    assert all(str(rule.source) in shown for rule in retention.rules())


@pytest.mark.parametrize("rule", [rule for rule in retention.rules() if rule.act], ids=lambda rule: rule.code)
def test_a_rule_with_nothing_to_do_ends_its_night(db, rule):
    assert rule.act(10) == 0


def test_every_column_has_a_class_and_what_is_encrypted_is_never_public():
    for _label, field in columns():
        assert classes.class_of(field) in classes.DataClass.values
        if type(field).__name__ == "EncryptedJSONField":
            assert classes.class_of(field) in ("confidential", "personal"), field
    counts = classes.counted()
    assert counts["sensitive"] == 0
    assert all(counts[name] > 20 for name in ("public", "internal", "confidential", "personal"))


def test_the_classes_name_nothing_that_is_not_there():
    there = {label for label, _field in columns()}
    tables = {label.rpartition(".")[0] for label in there}
    assert sorted(set(classes.COLUMNS) - there) == []
    assert sorted(set(classes.TABLES) - tables) == []
    assert set(classes.APPS) == {table.partition(".")[0] for table in tables}
    assert set(classes.HANDLING) == set(classes.DataClass)


def test_the_protected_bodies_are_confidential_or_personal():
    bodies = [field for label, field in columns() if label.rpartition(".")[0].endswith("Body")]
    assert len(bodies) > 40
    assert {classes.class_of(field) for field in bodies} == {"confidential", "personal"}
