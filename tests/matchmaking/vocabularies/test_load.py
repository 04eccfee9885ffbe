"""The data files, and what loading them does to a database."""

import itertools
import json
import shutil
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import DataError
from django.utils import timezone

from experts.enums import ExpertKind, Service
from matchmaking.accounts.enums import OrganisationKind, Size
from matchmaking.programmes.models import Visibility
from matchmaking.vocabularies.models import Code, CodeTable, Region
from matchmaking.vocabularies.services import DATA, BadVocabularyFile, load_vocabularies, read_file

EXPECTED = {
    "HOLIDAY": 74,
    "TRL": 9, "TRL_MARKET": 4, "MATURITY": 5, "HNTE8": 60, "SEI9": 9, "GB4754": 117, "GB13745": 62, "ORG_KIND": 24,
    "SIZE": 4, "ENT_QUAL": 16, "UNI_KIND": 13, "IP_RIGHT": 9, "EVIDENCE_KIND": 5, "IP_STATUS": 10,
    "IP_ENCUMBRANCE": 7, "OWNERSHIP": 6, "LEGAL_WAY": 6, "COOP_MODE": 15, "CONTRACT": 8, "CONTRACT_OBJECT": 9,
    "COOP_KIND": 7, "ACH_SRC": 7, "NEED_KIND": 9, "IP_TERMS": 5, "PRICE_BAND": 8, "FIN_STAGE": 7, "NAT_PROJ": 3,
    "EVENT_KIND": 10, "TITLE": 4, "EDU": 4, "VISIBILITY": 4, "POST_KIND": 9, "FIN_INSTRUMENT": 6,
    "MEETING_OUTCOME": 5, "DECLINE_REASON": 10, "EXPERT_KIND": 6, "EXPERT_SERVICE": 5, "ATTENDANCE": 3,
    "PAY_BAND": 8, "REVIEW_REASON": 10,
}  # fmt: skip


def codes_of(table: str) -> set[str]:
    return set(Code.objects.filter(table__code=table).values_list("code", flat=True))


@pytest.fixture
def files(tmp_path):
    """A copy of the data files that a test may change."""
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data"


def change(path, edit) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


@pytest.mark.django_db
def test_every_table_is_there_with_edition_and_source():
    for table in CodeTable.objects.all():
        assert table.edition
        assert table.source
    counts = {table.code: table.codes.count() for table in CodeTable.objects.exclude(code="GB2260")}
    assert counts == EXPECTED


@pytest.mark.django_db
def test_codes_agree_with_the_enums_of_the_models():
    assert codes_of("ORG_KIND") == set(OrganisationKind.values)
    assert codes_of("SIZE") == set(Size.values)
    assert codes_of("VISIBILITY") == set(Visibility.values)
    assert codes_of("EXPERT_KIND") == set(ExpertKind.values)
    assert codes_of("EXPERT_SERVICE") == set(Service.values)


@pytest.mark.django_db
def test_standards_are_whole():
    industry = Code.objects.filter(table__code="GB4754")
    assert industry.filter(parent="").count() == 20
    assert set(industry.exclude(parent="").values_list("code", flat=True)) == {f"{n:02}" for n in range(1, 98)}
    fields = Code.objects.filter(table__code="HNTE8")
    assert fields.filter(parent="").count() == 8
    assert all(code.startswith(parent) for code, parent in fields.exclude(parent="").values_list("code", "parent"))


@pytest.mark.django_db
def test_maturity_words_cover_every_level_once():
    ranges = [code.extra["trl"] for code in Code.objects.filter(table__code="MATURITY").order_by("position")]
    assert [level for low, high in ranges for level in range(low, high + 1)] == list(range(1, 10))


@pytest.mark.django_db
def test_price_bands_follow_each_other_without_a_gap():
    bands = list(Code.objects.filter(table__code="PRICE_BAND").exclude(code="b0").order_by("position"))
    assert bands[0].extra["low_fen"] == 0
    assert bands[-1].extra["high_fen"] is None
    for lower, upper in itertools.pairwise(bands):
        assert lower.extra["high_fen"] == upper.extra["low_fen"]
    assert bands[1].extra == {"low_fen": 10_000_000, "high_fen": 50_000_000}  # 100,000 to 500,000 yuan


@pytest.mark.django_db
def test_every_cooperation_mode_has_its_legal_way():
    ways = codes_of("LEGAL_WAY")
    assert len(ways) == 6
    assert {code.extra["legal_way"] for code in Code.objects.filter(table__code="COOP_MODE")} <= ways


@pytest.mark.django_db
def test_regions():
    provinces = Region.objects.filter(kind="province")
    assert provinces.count() == 34
    assert set(Region.objects.filter(separately_planned=True).values_list("code", flat=True)) == {
        "2102", "3302", "3502", "3702", "4403"
    }  # fmt: skip
    assert Region.objects.get(code="66").path == ["66"]
    assert Region.objects.get(code="3702").path == ["37", "3702"]
    assert Region.objects.filter(kind="city", valid_to=None).count() == 333
    assert Region.objects.get(code="3712").valid_to == date(2018, 12, 26)
    assert not Region.objects.filter(name_en="").exists()


@pytest.mark.django_db
def test_loading_again_changes_nothing():
    before = dict(CodeTable.objects.values_list("code", "loaded_at"))
    report = load_vocabularies()
    assert report.total.unchanged == sum(EXPECTED.values()) + 370
    assert not report.total.touched
    assert dict(CodeTable.objects.values_list("code", "loaded_at")) == before


@pytest.mark.django_db
def test_a_code_missing_from_its_file_is_retired_and_comes_back(files):
    change(files / "tables" / "sei9.json", lambda content: content["codes"].pop())
    report = load_vocabularies(directory=files)
    assert report.counts["SEI9"].retired == 1
    retired = Code.objects.get(table__code="SEI9", code="9")
    assert retired.valid_to == timezone.localdate()
    assert not Code.objects.valid_on(timezone.localdate()).filter(pk=retired.pk).exists()
    assert not load_vocabularies(directory=files).total.touched
    assert load_vocabularies().counts["SEI9"].changed == 1
    retired.refresh_from_db()
    assert retired.valid_to is None


@pytest.mark.django_db
def test_a_code_that_begins_today_can_be_retired_today(files):
    today = timezone.localdate()

    def begin_today(content):
        content["codes"].append({"code": "x", "name_zh": "新", "name_en": "new", "valid_from": today.isoformat()})

    change(files / "tables" / "sei9.json", begin_today)
    load_vocabularies(directory=files)
    load_vocabularies()
    assert Code.objects.get(table__code="SEI9", code="x").valid_to == today + timedelta(days=1)


@pytest.mark.django_db
def test_only_a_changed_table_gets_a_new_load_time(files):
    before = dict(CodeTable.objects.values_list("code", "loaded_at"))
    change(files / "tables" / "edu.json", lambda content: content["codes"][0].update(name_en="junior college"))
    report = load_vocabularies(directory=files)
    assert (report.counts["EDU"].changed, report.counts["EDU"].unchanged) == (1, 3)
    after = dict(CodeTable.objects.values_list("code", "loaded_at"))
    assert {code for code in after if after[code] != before[code]} == {"EDU"}


@pytest.mark.django_db
def test_a_table_without_a_file_is_kept_and_reported(files):
    (files / "tables" / "edu.json").unlink()
    assert load_vocabularies(directory=files).without_file == ["EDU"]
    assert codes_of("EDU") == {"college", "bachelor", "master", "doctor"}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda content: content["codes"].append(content["codes"][0]), "codes twice"),
        (lambda content: content["codes"][0].pop("name_en"), "English name"),
        (lambda content: content["codes"][0].update(parent="nowhere"), "no parent"),
        (lambda content: content.pop("source"), "source"),
        (lambda content: content.update(edition=""), "edition"),
    ],
)
def test_a_file_that_contradicts_itself_is_named(files, edit, words):
    path = files / "tables" / "edu.json"
    change(path, edit)
    with pytest.raises(BadVocabularyFile, match=words) as refused:
        read_file(path, "codes")
    assert "edu.json" in str(refused.value)


@pytest.mark.django_db
def test_a_bad_file_loads_nothing(files):
    change(files / "tables" / "ach_src.json", lambda content: content["codes"][0].update(name_en="changed"))
    (files / "regions.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadVocabularyFile):
        load_vocabularies(directory=files)
    assert not Code.objects.filter(name_en="changed").exists()


@pytest.mark.django_db
def test_a_load_that_the_database_stops_leaves_everything_as_it_was(files):
    change(files / "tables" / "ach_src.json", lambda content: content["codes"][0].update(name_en="changed"))
    change(files / "regions.json", lambda content: content["regions"][-1].update(name_en="x" * 81))
    with pytest.raises(DataError):
        load_vocabularies(directory=files)
    assert not Code.objects.filter(name_en="changed").exists()


@pytest.mark.django_db
def test_the_command_says_what_it_did(capsys):
    call_command("load_vocabularies")
    assert "42 tables: 0 codes new, 0 changed, 0 retired, 972 unchanged." in capsys.readouterr().out
