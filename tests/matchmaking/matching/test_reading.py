"""What a reader of a match is told: whose answer it was and why, and that the other side has answered."""

import pytest
from django.urls import reverse
from django.utils import translation

from matchmaking.matching.services.answers import answer_match
from matchmaking.matching.services.review import drop_match, release_match
from matchmaking.matching.views.common import match_history

pytestmark = pytest.mark.django_db


def test_an_answer_names_its_side_and_its_reason(match, regional_officer_miit, enterprise_lead, university_officer):
    release_match(by=regional_officer_miit, match=match)
    answer_match(by=university_officer, match=match, answer="interested")
    answer_match(by=enterprise_lead, match=match, answer="no", reason="maturity")
    with translation.override("en"):
        lines = {line["verb"]: line for line in match_history(match, university_officer)}
    assert lines["match.answered_interested"]["text"] == "university or expert"
    assert lines["match.answered_no"]["text"] == "enterprise · not mature enough"
    assert lines["match.answered_no"]["by"] == ""


def test_a_drop_names_its_reason(match, regional_officer_miit):
    drop_match(by=regional_officer_miit, match=match, reason="price")
    with translation.override("en"):
        [line] = match_history(match, regional_officer_miit)
    assert line["text"] == "proposed → dropped by the officer\nprice"


def test_a_page_that_waits_for_the_other_side_is_loaded_again_when_it_has_answered(
    match, regional_officer_miit, enterprise_lead, university_officer, login
):
    release_match(by=regional_officer_miit, match=match)
    match.refresh_from_db()
    page = login(enterprise_lead).get(match.get_absolute_url())
    assert page.context["can_answer"]
    assert not page.context["waits_for_the_other"]
    answer_match(by=enterprise_lead, match=match, answer="interested")
    page = login(enterprise_lead).get(match.get_absolute_url())
    assert not page.context["can_answer"]
    assert page.context["waits_for_the_other"]

    asked = reverse("matching:match_state", args=[match.uuid])
    match.refresh_from_db()
    assert login(enterprise_lead).get(asked, {"seen": match.version}).status_code == 204
    answer_match(by=university_officer, match=match, answer="interested")
    answer = login(enterprise_lead).get(asked, {"seen": match.version - 1})
    assert answer["HX-Refresh"] == "true"
    assert login(None).get(asked).status_code == 302
