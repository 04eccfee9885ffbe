"""What a reader of a match's history is told: whose answer it was and why, in words and without names."""

import pytest
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
