"""The code base tested as a whole: templates, workflows, querysets, languages, what a web process loads."""

import os
import re
import subprocess
import sys
from importlib import import_module

import polib
import pytest
from django.apps import apps
from django.conf import settings

from matchmaking.common.workflow import Workflow
from matchmaking.vocabularies.models import StateTransition
from tests import scoping

ROOT = settings.BASE_DIR
PACKAGES = ("matchmaking", "catalog", "needs", "experts")
SOURCES = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Read by Django or allauth under these names, never by our own code.
BY_CONVENTION = re.compile(
    r"^(40[0-9](_\w+)?|500|account/|allauth/|mfa/|socialaccount/|usersessions/|django/|django_filters/|emails/)"
)


def workflows() -> list[Workflow]:
    found = []
    for path in SOURCES:
        if path.name == "workflow.py" and "common" not in path.parts:
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            found += [value for value in vars(module).values() if isinstance(value, Workflow)]
    return found


def test_the_database_knows_exactly_the_moves_of_the_code(db):
    assert len(workflows()) >= 5
    for workflow in workflows():
        stored = StateTransition.objects.filter(noun=workflow.noun).values_list("source", "target")
        assert {tuple(pair) for pair in stored} == {(str(a), str(b)) for a, b in workflow.pairs}, workflow.noun


def test_every_state_has_a_place_in_its_workflow():
    tables = {model._meta.db_table: model for model in apps.get_models()}
    for workflow in workflows():
        states = {value for value, _label in tables[workflow.noun]._meta.get_field("state").choices}
        assert set(map(str, workflow.moves)) == states, workflow.noun


def test_an_illegal_move_is_refused_by_the_database(db, university):
    from django.db import IntegrityError, transaction

    from tests.factories.catalog import AchievementFactory

    achievement = AchievementFactory(state="draft")
    with pytest.raises(IntegrityError, match="illegal move"), transaction.atomic():
        type(achievement).objects.filter(pk=achievement.pk).update(state="accepted")


def test_models_that_are_listed_say_who_sees_them():
    listed = ["Achievement", "TechNeed", "Expert", "Organisation", "Match", "MatchRun", "Job", "Notification",
              "ImportBatch"]  # fmt: skip
    by_name = {model.__name__: model for model in apps.get_models()}
    assert all(hasattr(by_name[name].objects.all(), "visible_to") for name in listed)


def test_every_template_is_used():
    texts = "\n".join(path.read_text("utf-8") for path in [*SOURCES, *TEMPLATES])
    for template in TEMPLATES:
        name = template.relative_to(ROOT / "templates").as_posix()
        by_kit = name.startswith("components/") and f'"{template.stem}"' in texts  # the kit names its own by their stem
        assert BY_CONVENTION.match(name) or name in texts or by_kit, name


def test_no_template_breaks_the_content_security_policy():
    for template in TEMPLATES:
        text = template.read_text("utf-8")
        assert not re.search(r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]*\ssrc=)', text), template


def test_pages_are_turned_where_their_list_stands():
    """`{% pagination %}` puts the next page into #results: without it the press of a button does nothing."""
    texts = {str(path.relative_to(ROOT / "templates")): path.read_text("utf-8") for path in TEMPLATES}
    including = {name: set(re.findall(r'{% include "([^"]+)"', text)) for name, text in texts.items()}

    def holders(name, seen=()):
        """The pages (never fragments) on which a template comes to stand, without those that hold the list."""
        if 'id="results"' in texts[name] or name in seen:
            return set()
        above = {one for one, parts in including.items() if name in parts}
        page = set() if name.rpartition("/")[2].startswith("_") else {name}
        return page.union(*(holders(one, (*seen, name)) for one in above))

    turning = [name for name, text in texts.items() if re.search(r"{% pagination \w+ %}", text)]
    assert len(turning) > 10
    assert {name: pages for name in turning if (pages := holders(name))} == {}


def test_states_are_assigned_only_through_their_door():
    """`x.state = …` appears nowhere; a move is a conditional UPDATE."""
    for path in SOURCES:
        assert not re.search(r"\.state = (?!')", path.read_text("utf-8")), path


def test_records_are_reached_through_what_their_readers_may_see():
    """No view, form, filter, serializer, export or template reads a record whose readers it has not asked for."""
    models = scoping.guarded()
    assert {"Achievement", "TechNeed", "NeedBody", "ExpertBody", "Match", "Organisation"} <= set(models)
    found = {}
    for path in scoping.answering(ROOT, PACKAGES):
        for function, line, text in scoping.unscoped(path.read_text("utf-8"), models):
            found[f"{path.relative_to(ROOT).as_posix()}:{function}"] = f"line {line}: {text}"
    assert {place: text for place, text in found.items() if place not in scoping.EXCEPTIONS} == {}
    assert scoping.EXCEPTIONS.keys() - found.keys() == set(), "these exceptions have become needless"
    assert [path for path in TEMPLATES if re.search(r"\w\.objects\b", path.read_text("utf-8"))] == []


@pytest.mark.parametrize(("line", "is_unscoped"), [
    ("TechNeed.objects.get(pk=1)", True),
    ("models.TechNeed.objects.filter(state='draft').first()", True),
    ("get_object_or_404(TechNeed, uuid=uuid)", True),
    ("PrimaryKeyRelatedField(queryset=TechNeed.objects.all())", True),
    ("ListView.as_view(model=TechNeed)", True),
    ("list(TechNeed.objects.all()).visible_to", True),
    ("TechNeed.objects.visible_to(user).get(pk=1)", False),
    ("TechNeed.objects.filter(state='draft').visible_to(user)", False),
    ("get_object_or_404(TechNeed.objects.visible_to(user), uuid=uuid)", False),
    ("CodeTable.objects.get(code=1)", False),
])  # fmt: skip
def test_the_lint_knows_a_query_without_a_reader(line, is_unscoped):
    assert bool(list(scoping.unscoped(line, scoping.guarded()))) is is_unscoped


def test_files_stay_readable():
    """A file asks to be split at 400 lines, a template at 200."""
    long = [path for path in SOURCES if len(path.read_text("utf-8").splitlines()) > 400]
    long += [path for path in TEMPLATES if len(path.read_text("utf-8").splitlines()) > 200]
    assert long == []


def test_the_chinese_catalogue_is_complete_and_compiled():
    folder = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
    catalogue = polib.pofile(str(folder / "django.po"))
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    assert [entry.msgid for entry in catalogue if entry.fuzzy] == []
    compiled = {(entry.msgctxt, entry.msgid): entry for entry in polib.mofile(str(folder / "django.mo"))}
    for entry in catalogue:
        found = compiled[entry.msgctxt, entry.msgid]
        assert (found.msgstr, found.msgstr_plural) == (entry.msgstr, entry.msgstr_plural), entry.msgid


def test_placeholders_survive_translation():
    catalogue = polib.pofile(str(ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"))
    named = re.compile(r"%\((\w+)\)[sd]")
    for entry in filter(polib.POEntry.translated, catalogue):
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            wanted = set(named.findall(entry.msgid_plural or entry.msgid))
            assert set(named.findall(text)) <= wanted | set(named.findall(entry.msgid)), entry.msgid
            if not entry.msgid_plural:
                assert set(named.findall(text)) == wanted, entry.msgid


def test_the_web_process_loads_no_numerical_library():
    code = (
        "import sys; from matchmaking.wsgi import application; from django.urls import get_resolver;"
        "get_resolver().url_patterns; from matchmaking.common.checks import iter_routes; list(iter_routes());"
        "print(sorted({'numba', 'scipy', 'sklearn', 'ortools', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_engine_loads_neither_django_nor_celery():
    code = (
        "import sys, matchmaking.engine.ranking, matchmaking.engine.statistics;"
        "print(sorted({'django', 'celery', 'rest_framework'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
