"""Somebody without an account asks not to be listed: by mail at once, else by a person's answer within a term."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from experts.enums import ExpertState
from experts.models import Expert, Removal
from experts.privacy import drop_removals
from experts.removals.services import LinkOver, answer_removal, ask_removal, confirm_removal, remind_late
from experts.removals.views import MOST
from matchmaking.accounts.models import Consent
from matchmaking.activity.models import Entry
from matchmaking.common.log_lines import without_secrets
from matchmaking.common.workflow import StaleState
from matchmaking.notifications.models import Notification, OutboxMail
from tests.factories.experts import make_expert, reload

pytestmark = pytest.mark.django_db
ADDRESS = "listed@example.test"


@pytest.fixture(autouse=True)
def nobody_counted():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def expert(university, university_officer):
    """In the pool, public, without an account."""
    contact = {"name": "专家", "position": "", "phone": "", "email": ADDRESS}
    return make_expert(university, university_officer, user=None, name="在列专家", contact=contact)


@pytest.fixture
def visitor():
    return Client()


def ask(client, expert, words=""):
    return client.post(reverse("experts:removal_ask", args=[expert.uuid]), {"words": words})


def link():
    """The address in the newest mail to the entry."""
    mail = OutboxMail.objects.filter(to=ADDRESS).order_by("-pk").first()
    return re.search(r"/experts/\S+/not-listed/confirm-email/\S+", mail.body)[0]


def is_listed(expert):
    return Client().get(expert.get_absolute_url()).status_code == 200


def test_the_public_page_leads_there(visitor, expert):
    assert reverse("experts:removal_ask", args=[expert.uuid]) in visitor.get(expert.get_absolute_url()).content.decode()
    page = visitor.get(reverse("experts:removal_ask", args=[expert.uuid])).content.decode()
    assert ADDRESS not in page


def test_asking_alone_hides_nothing_and_is_a_task_with_a_day(visitor, expert, university_officer, secretary):
    assert ask(visitor, expert, "我已离职，电话见附")["Location"] == expert.get_absolute_url()
    assert is_listed(expert)
    removal = Removal.objects.get()
    assert removal.due_on > timezone.localdate() + timedelta(days=18)
    told = Notification.objects.filter(kind="expert_removal_asked")
    assert {one.recipient_id for one in told} == {university_officer.pk, secretary.pk}
    assert Entry.objects.about("expert", expert.uuid).filter(verb="expert.removal_asked", actor_id=None).exists()
    said = [mail.body for mail in OutboxMail.objects.all()] + [str(entry.detail) for entry in Entry.objects.all()]
    assert not [one for one in said if "离职" in one]  # nothing of the words leaves the page


def test_the_link_ends_the_entry_at_once_and_only_by_its_button(visitor, expert):
    ask(visitor, expert)
    address = link()
    assert visitor.get(address).status_code == 200  # programs that read mail follow links too
    assert is_listed(expert)
    visitor.post(address)
    assert not is_listed(expert)
    assert reload(expert).state == ExpertState.LEFT
    assert not Consent.objects.filter(pk=expert.body.consent_id, withdrawn_at=None).exists()
    removal = Removal.objects.get()
    assert (removal.outcome, removal.answered_by, removal.link_digest) == ("taken_off", None, "")
    assert Entry.objects.about("expert", expert.uuid).filter(verb="expert.removal_confirmed").exists()
    assert visitor.post(address).status_code == 404  # once


def test_a_wrong_an_old_and_a_foreign_link_do_nothing(visitor, expert, university, university_officer):
    ask(visitor, expert)
    address = link()
    other = make_expert(university, university_officer, user=None, name="另一专家")
    foreign = address.replace(str(expert.uuid), str(other.uuid))
    wrong = re.sub(r"[^/]+/$", "x" * 43 + "/", address)
    for one in (wrong, foreign):
        assert visitor.post(one).status_code == 404
    Removal.objects.update(mailed_at=timezone.now() - timedelta(days=15))
    assert visitor.post(address).status_code == 404
    assert is_listed(expert)
    assert is_listed(other)


def test_the_link_is_no_word_of_the_log(visitor, expert):
    ask(visitor, expert)
    token = link().rstrip("/").rpartition("/")[2]
    assert token not in without_secrets(f"GET {link()} 200")


def test_no_answer_tells_whether_there_is_an_address_or_an_account(visitor, expert, university, university_officer,
                                                                   expert_user):  # fmt: skip
    silent = make_expert(university, university_officer, user=None, name="无址专家", contact=None)
    known = make_expert(university, university_officer, user=expert_user, name="有号专家")
    said = set()
    for one in (expert, silent, known):
        answer = Client().post(reverse("experts:removal_ask", args=[one.uuid]), {"words": ""}, follow=True)
        said.add(re.search(r'role="(?:alert|status)"[^>]*>(.*?)</div>', answer.content.decode(), re.DOTALL)[1])
    assert len(said) == 1
    assert Removal.objects.count() == 3


def test_asking_again_makes_no_second_task_and_no_second_mail(visitor, expert):
    for _time in range(3):
        ask(visitor, expert)
    assert (Removal.objects.count(), OutboxMail.objects.filter(to=ADDRESS).count()) == (1, 1)
    first = link()
    Removal.objects.update(mailed_at=timezone.now() - timedelta(days=2))
    ask(visitor, expert)
    assert OutboxMail.objects.filter(to=ADDRESS).count() == 2
    assert visitor.post(first).status_code == 404  # the newer link counts
    with pytest.raises(IntegrityError), transaction.atomic():
        Removal.objects.create(expert=expert, due_on=timezone.localdate())


def test_one_network_asks_so_often_and_no_more(visitor, expert, university, university_officer):
    others = [make_expert(university, university_officer, user=None, name=f"专家{n}") for n in range(MOST + 1)]
    assert [ask(visitor, one).status_code for one in others] == [302] * MOST + [429]
    assert Removal.objects.count() == MOST


def test_who_is_not_listed_cannot_be_asked_about(visitor, login, university, university_officer, enterprise_lead):
    hidden = make_expert(university, university_officer, user=None, visibility="members")
    draft = make_expert(university, university_officer, state="unit_agreed")
    assert ask(visitor, hidden).status_code == 404
    assert ask(login(enterprise_lead), hidden).status_code == 302
    assert ask(login(university_officer), draft).status_code == 404


class TestAnswer:
    @pytest.fixture
    def removal(self, expert):
        return ask_removal(by=None, expert=expert, words="请撤下")

    def answer(self, client, removal, outcome, reason=""):
        address = reverse("experts:removal_detail", args=[removal.uuid])
        return client.post(address, {"outcome": outcome, "reason": reason})

    @pytest.mark.parametrize("who", ["university_officer", "secretary"])
    def test_unit_and_secretariat_take_it_off(self, login, removal, expert, request, who):
        client = login(request.getfixturevalue(who))
        assert "请撤下" in client.get(reverse("experts:removal_detail", args=[removal.uuid])).content.decode()
        self.answer(client, removal, "remove")
        assert not is_listed(expert)
        entry = Entry.objects.about("expert", expert.uuid).get(verb="expert.removal_taken_off")
        assert entry.actor_id == request.getfixturevalue(who).pk

    def test_it_stays_only_with_a_reason(self, login, removal, expert, university_officer):
        client = login(university_officer)
        assert self.answer(client, removal, "keep").status_code == 422
        self.answer(client, removal, "keep", "已电话核实，并非本人。")
        assert is_listed(expert)
        assert Removal.objects.get().outcome == "refused"
        assert Client().post(link()).status_code == 404

    def test_the_first_answer_counts(self, login, removal, expert, university_officer, secretary):
        self.answer(login(secretary), removal, "keep", "并非本人。")
        self.answer(login(university_officer), removal, "remove")
        with pytest.raises(StaleState):  # the page was open before the other answered
            answer_removal(by=university_officer, removal=removal, remove=True, reason="")
        assert Removal.objects.get().outcome == "refused"
        assert is_listed(expert)

    @pytest.mark.parametrize(("who", "status"), [("other_university_officer", 404), ("enterprise_lead", 403),
                                                 ("regional_officer_edu", 403)])  # fmt: skip
    def test_nobody_else(self, login, removal, expert, request, who, status):
        client = login(request.getfixturevalue(who))
        assert self.answer(client, removal, "remove").status_code == status
        assert client.get(reverse("experts:removal_list")).status_code == (200 if status == 404 else 403)
        assert is_listed(expert)

    def test_an_overdue_one_is_told_once(self, removal, university_officer, secretary):
        Removal.objects.update(due_on=timezone.localdate() - timedelta(days=1))
        assert (remind_late(), remind_late()) == (1, 0)
        assert Notification.objects.filter(kind="expert_removal_late").count() == 2

    def test_one_that_ended_otherwise_is_only_closed(self, login, removal, expert, university_officer):
        Expert.objects.filter(pk=expert.pk).update(state=ExpertState.LEFT)
        self.answer(login(university_officer), removal, "remove")
        assert Removal.objects.get().outcome == "taken_off"

    def test_it_goes_three_years_after_the_answer(self, login, removal, university_officer):
        assert drop_removals(10) == 0
        self.answer(login(university_officer), removal, "keep", "并非本人。")
        assert drop_removals(10) == 0
        Removal.objects.update(closed_at=timezone.now() - timedelta(days=1097))
        assert drop_removals(10) == 1


def test_two_clicks_on_the_link_are_one(expert):
    removal = ask_removal(by=None, expert=expert)
    token = link().rstrip("/").rpartition("/")[2]
    confirm_removal(removal=removal, token=token)
    with pytest.raises(LinkOver):
        confirm_removal(removal=removal, token=token)
    assert Entry.objects.about("expert", expert.uuid).filter(verb="expert.left").count() == 1
