"""Flows of personal data run under the number of an impact assessment (PIPL 55, 56)."""

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.translation import gettext

from matchmaking.accounts.privacy import assessments, classes
from matchmaking.accounts.privacy.classes import DataClass
from matchmaking.settings.privacy import ASSESSED_FLOWS, assessments_from
from tests.test_security import deploy_check


def warned():
    found = run_checks(tags=["security"], include_deployment_checks=True)
    return [one.msg.split("'")[1] for one in found if one.id == "tongti.W012"]


def test_every_flow_that_runs_needs_its_number(settings):
    settings.PRIVACY_ASSESSMENTS = {}
    assert warned() == ["automated", "publish", "provide"]
    settings.PRIVACY_ASSESSMENTS = {"publish": "PIA-2"}
    assert warned() == ["automated", "provide"]
    settings.PRIVACY_ASSESSMENTS = dict.fromkeys(("automated", "publish", "provide"), "PIA-1")
    assert warned() == []


def test_sensitive_data_need_one_as_soon_as_there_is_a_column(settings, monkeypatch):
    assert not classes.counted()[DataClass.SENSITIVE]
    monkeypatch.setitem(classes.COLUMNS, "accounts.Organisation.size", DataClass.SENSITIVE)
    settings.PRIVACY_ASSESSMENTS = dict.fromkeys(("automated", "publish", "provide"), "PIA-1")
    assert warned() == ["sensitive"]


def test_the_deploy_check_of_a_production_host_warns():
    done = deploy_check(PRIVACY_ASSESSMENTS="automated=PIA-1")
    assert (done.returncode, done.stderr.count("tongti.W012")) == (1, 2)


def test_the_settings_know_every_flow_and_no_other():
    assert {flow.code for flow in assessments.FLOWS} == set(ASSESSED_FLOWS)
    read = assessments_from(" automated = PIA-2026-1 ,publish=〔2026〕评字-7,")
    assert read == {"automated": "PIA-2026-1", "publish": "〔2026〕评字-7"}
    assert assessments_from("") == {}


@pytest.mark.parametrize("text", ["automatic=1", "automated", "automated=", "automated=1,automated=2", "publish=a b",
                                  "publish=<b>", "publish=" + "x" * 61])  # fmt: skip
def test_a_mistake_stops_the_start_with_a_sentence(text):
    with pytest.raises(ImproperlyConfigured, match="PRIVACY_ASSESSMENTS"):
        assessments_from(text)


def test_the_page_shows_the_numbers_and_what_lacks_one(db, login, university_officer, settings):
    settings.PRIVACY_ASSESSMENTS = {"automated": "PIA-2026-1"}
    answer = login(university_officer).get(reverse("privacy:rules"))
    assert [one.number for one in answer.context["assessed"]] == ["PIA-2026-1", "", ""]
    page = answer.content.decode()
    assert (page.count("PIA-2026-1"), page.count(gettext("no number is given"))) == (1, 2)


def test_a_demonstration_says_that_its_numbers_are_none(settings):
    assert set(settings.PRIVACY_ASSESSMENTS) == set(ASSESSED_FLOWS)
    assert all(number.startswith("DEMO-") for number in settings.PRIVACY_ASSESSMENTS.values())
