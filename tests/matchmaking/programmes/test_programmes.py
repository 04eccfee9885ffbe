"""Programmes as data, who reports for whom, and numbers without gaps."""

import threading
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction

from matchmaking.programmes.models import NumberSeries, Programme
from matchmaking.programmes.selectors import (
    current_programmes,
    programme_choices,
    reporting_unit_of,
    reporting_units,
    reviewing_tracks,
)
from matchmaking.programmes.services import UnknownSeries, load_programmes, next_public_no
from matchmaking.vocabularies.models import Region


@pytest.fixture
def qxwq(db):
    return Programme.objects.get(code="QXWQ")


@pytest.fixture
def bybxwq(db):
    return Programme.objects.get(code="BYBXWQ")


def test_units_and_tracks(qxwq, bybxwq):
    assert reporting_units(qxwq).count() == 32
    assert reporting_units(bybxwq).count() == 37
    assert set(qxwq.tracks.values_list("code", flat=True)) == {"edu", "miit", "ip"}
    assert set(bybxwq.tracks.values_list("code", flat=True)) == {"miit", "edu", "sti"}
    separately_planned = {unit.region_id for unit in reporting_units(bybxwq) if unit.region.separately_planned}
    assert separately_planned == {"2102", "3302", "3502", "3702", "4403"}
    assert not {unit.region_id for unit in reporting_units(qxwq)} & separately_planned


def test_figures_are_targets_with_their_source(qxwq, bybxwq):
    targets = {target["metric"]: target["value"] for target in qxwq.targets["targets"]}
    assert targets == {
        "achievements": 5000, "needs": 5000, "experts": 1000, "docked_enterprises": 2000, "landed_results": 1000
    }  # fmt: skip
    for programme in (qxwq, bybxwq):
        for group in ("targets", "baselines", "references", "deadlines"):
            assert all(item["source"] for item in programme.targets[group])
    assert [item["on"] for item in bybxwq.targets["deadlines"]] == ["2024-07-31", "2024-12-31", "2025-06-30"]


@pytest.mark.parametrize(
    ("programme", "region", "unit"),
    [
        ("QXWQ", "3702", "37"),
        ("BYBXWQ", "3702", "3702"),
        ("BYBXWQ", "3701", "37"),
        ("BYBXWQ", "37", "37"),
        ("BYBXWQ", "66", "66"),
        ("BYBXWQ", "81", None),
    ],
)
def test_who_reports(db, programme, region, unit):
    found = reporting_unit_of(Programme.objects.get(code=programme), Region.objects.get(code=region))
    assert (found.code if found else None) == unit


def test_which_track_checks_what(qxwq, bybxwq):
    assert reviewing_tracks(bybxwq, "achievement") == ["edu", "sti"]
    assert reviewing_tracks(bybxwq, "need") == ["miit"]
    assert reviewing_tracks(qxwq, "expert") == ["edu"]
    assert reviewing_tracks(qxwq, "nonsense") == []


def test_which_programmes_run(qxwq, bybxwq):
    assert list(current_programmes(date(2025, 6, 30))) == [bybxwq, qxwq]
    assert list(current_programmes(date(2025, 7, 1))) == [qxwq]
    assert list(current_programmes(date(2022, 5, 31))) == []
    assert programme_choices(blank="全部") == [
        ("", "全部"), (str(bybxwq.pk), bybxwq.name_zh), (str(qxwq.pk), qxwq.name_zh)
    ]  # fmt: skip


@pytest.mark.django_db
def test_loading_again_changes_nothing(capsys):
    before = list(Programme.objects.order_by("code").values())
    call_command("load_programmes")
    assert "2 programmes, 69 reporting units, 6 tracks." in capsys.readouterr().out
    assert list(Programme.objects.order_by("code").values()) == before


def test_a_unit_that_is_no_longer_in_the_file_goes(qxwq):
    qxwq.reporting_units.create(region_id="3702", position=99)
    load_programmes()
    assert reporting_units(qxwq).count() == 32


@pytest.mark.django_db
def test_numbers_follow_each_other_by_kind_and_year():
    with time_machine.travel(datetime(2030, 3, 1, tzinfo=UTC)):
        assert next_public_no("CG") == "CG-2030-000001"
        assert next_public_no("XQ") == "XQ-2030-000001"
        assert next_public_no("CG", count=3) == ["CG-2030-000002", "CG-2030-000003", "CG-2030-000004"]
        assert next_public_no("CG", count=1) == ["CG-2030-000005"]
        assert next_public_no("CG", count=0) == []
        assert next_public_no("CG") == "CG-2030-000006"


@pytest.mark.django_db
def test_the_year_is_china_s():
    with time_machine.travel(datetime(2030, 12, 31, 16, 0, tzinfo=UTC)):  # midnight in Shanghai
        assert next_public_no("ZJ") == "ZJ-2031-000001"


@pytest.mark.django_db
def test_an_unknown_kind_gets_no_number():
    with pytest.raises(UnknownSeries):
        next_public_no("XX")


@pytest.mark.django_db(transaction=True)
def test_a_number_is_drawn_inside_a_transaction_and_leaves_no_gap(restore_reference_data):
    with pytest.raises(transaction.TransactionManagementError):
        next_public_no("TD")
    with transaction.atomic():
        lost = next_public_no("TD")
        transaction.set_rollback(True)
    with transaction.atomic():
        assert next_public_no("TD") == lost


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_get_eight_different_numbers(restore_reference_data):
    drawn: list[str] = []

    def draw() -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    drawn.append(next_public_no("CG"))
        finally:
            connection.close()

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    year = drawn[0][3:7]
    assert sorted(drawn) == [f"CG-{year}-{number:06d}" for number in range(1, 41)]
    assert NumberSeries.objects.get(kind="CG").last == 40
