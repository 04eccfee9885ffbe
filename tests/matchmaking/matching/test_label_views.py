"""Grading and disputing on the page of a match, and the officer's list of disputed lines."""

import pytest
from django.urls import reverse

from matchmaking.matching.models import Dispute, MatchGrade
from matchmaking.matching.services import labels
from matchmaking.matching.services.review import release_match

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def released(match, regional_officer_miit):
    return release_match(by=regional_officer_miit, match=match)


def at(name, *args):
    return reverse(f"matching:{name}", args=args)


def test_one_press_grades_and_brings_the_buttons_back(match, login, regional_officer_miit):
    client = login(regional_officer_miit)
    assert 'name="grade"' in client.get(match.get_absolute_url()).content.decode()
    answer = client.post(at("match_grade", match.uuid), {"grade": "3"}, headers=HTMX)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "<html" not in text
    assert [piece[:1] for piece in text.split('aria-pressed="')[1:]] == ["f", "f", "t", "f"]
    assert MatchGrade.objects.get().grade == 3


def test_a_side_does_not_read_that_the_other_graded_or_disputed(
    released, login, enterprise_lead, researcher, regional_officer_miit
):
    labels.grade(by=enterprise_lead, match=released, grade=1)
    found = labels.dispute(by=enterprise_lead, match=released, signal="text", fault="not_true")
    labels.decide_dispute(by=regional_officer_miit, dispute=found, state="accepted")
    verbs = {
        who: {line["verb"] for line in login(who).get(released.get_absolute_url()).context["history"]}
        for who in (researcher, enterprise_lead, regional_officer_miit)
    }
    assert verbs[researcher] == verbs[enterprise_lead] == {"match.released"}
    assert verbs[regional_officer_miit] > {"match.released", "match.graded", "match.line_disputed"}


def test_without_script_the_page_comes_back(match, login, regional_officer_miit):
    answer = login(regional_officer_miit).post(at("match_grade", match.uuid), {"grade": "1"})
    assert answer["Location"] == match.get_absolute_url()


@pytest.mark.parametrize("grade", ["", "0", "5", "x", "²"])
def test_no_other_grade_is_taken(match, login, regional_officer_miit, grade):
    assert login(regional_officer_miit).post(at("match_grade", match.uuid), {"grade": grade}).status_code == 400
    assert not MatchGrade.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("enterprise_lead", 404), ("broker", 404), ("stranger", 404)])
def test_before_the_release_no_side_grades(match, login, who, status, request):
    client = login(request.getfixturevalue(who))
    assert client.post(at("match_grade", match.uuid), {"grade": "3"}).status_code == status


def test_whoever_proposed_it_sees_the_match_and_has_no_say(released, login, broker):
    type(released).objects.filter(pk=released.pk).update(proposed_by=broker)
    client = login(broker)
    page = client.get(released.get_absolute_url()).content.decode()
    assert 'name="grade"' not in page
    assert "reason-dispute" not in page
    assert client.post(at("match_grade", released.uuid), {"grade": "3"}).status_code == 403
    assert client.get(at("match_dispute", released.uuid, "text")).status_code == 403


def test_a_side_disputes_a_line_and_its_page_says_so_to_it_alone(released, login, enterprise_lead, researcher):
    client = login(enterprise_lead)
    address = at("match_dispute", released.uuid, "text")
    assert "<html" not in client.get(address, headers=HTMX).content.decode()
    refused = client.post(address, {"dispute-text-fault": "other"}, headers=HTMX)
    assert refused.status_code == 422
    answer = client.post(address, {"dispute-text-fault": "other", "dispute-text-note": "词义不同"}, headers=HTMX)
    assert (answer.status_code, "词义不同" in answer.content.decode()) == (200, True)
    assert "词义不同" in client.get(released.get_absolute_url()).content.decode()
    assert "词义不同" not in login(researcher).get(released.get_absolute_url()).content.decode()


def test_on_a_page_of_its_own_the_form_is_sent_as_a_page(released, login, enterprise_lead):
    """Its target stands on the page of the match only."""
    client, address = login(enterprise_lead), at("match_dispute", released.uuid, "text")
    shown = client.get(address)
    assert "hx-post" not in shown.content.decode().split('class="reason-form"')[1].split("</form>")[0]
    assert 'hx-target="#dispute-text"' in client.get(address, headers=HTMX).content.decode()
    assert client.post(address, {"dispute-text-fault": "not_true"}).url == released.get_absolute_url()


def test_a_line_that_is_not_shown_cannot_be_disputed(released, login, enterprise_lead):
    assert login(enterprise_lead).get(at("match_dispute", released.uuid, "budget")).status_code == 404


@pytest.mark.parametrize(("note", "told"), [("", "请写明哪里不对。"), ("字" * 301, "现有 301 字")])
def test_a_note_that_is_missing_or_too_long_is_told_once(released, login, enterprise_lead, note, told):
    page = reverse("matching:match_dispute", args=[released.uuid, "text"])
    shown = login(enterprise_lead).post(page, {"dispute-text-fault": "other", "dispute-text-note": note})
    assert shown.status_code == 422
    [error] = shown.context["form"].errors["note"]
    assert told in error


def test_the_officer_reads_and_decides_what_is_disputed_in_his_region(
    released, login, enterprise_lead, regional_officer_miit, other_regional_officer_miit
):
    made = labels.dispute(by=enterprise_lead, match=released, signal="text", fault="not_true", note="并非如此")
    client, address = login(regional_officer_miit), at("dispute_list")
    assert "并非如此" in client.get(address).content.decode()
    assert "并非如此" not in login(other_regional_officer_miit).get(address).content.decode()
    assert "并非如此" not in client.get(address, {"state": "accepted"}).content.decode()
    decide = at("dispute_decide", made.uuid)
    choice = {"state": "accepted", "version": "1"}
    assert login(other_regional_officer_miit).post(decide, choice).status_code == 404
    assert client.post(decide, {"state": "open", "version": "1"}).status_code == 400
    assert client.post(decide, choice)["Location"] == address
    assert Dispute.objects.get().state == "accepted"
    assert client.post(decide, {"state": "noted", "version": "1"}).status_code == 409


def test_whoever_raised_it_is_told_that_another_decides(released, login, regional_officer_miit, secretary):
    made = labels.dispute(by=regional_officer_miit, match=released, signal="text", fault="not_true")
    decide, choice = at("dispute_decide", made.uuid), {"state": "accepted", "version": "1"}
    client = login(regional_officer_miit)
    shown = client.get(at("dispute_list")).content.decode()
    assert decide not in shown
    assert "由本地区其他主管人员或秘书处裁定。" in shown
    assert client.post(decide, choice).status_code == 403
    assert decide in login(secretary).get(at("dispute_list")).content.decode()
    assert login(secretary).post(decide, choice).status_code == 302


def test_the_list_costs_the_same_for_many(
    released,
    login,
    regional_officer_miit,
    enterprise_lead,
    university_officer,
    researcher,
    django_assert_max_num_queries,
):
    client = login(regional_officer_miit)
    for person in (enterprise_lead, university_officer, researcher, regional_officer_miit):
        labels.dispute(by=person, match=released, signal="text", fault="not_true")
    with django_assert_max_num_queries(24):
        client.get(at("dispute_list"))
