"""Support bodies invite enterprises by list: every row checked, one job, a report that tells who came and no more."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.invitations.services import LASTS
from matchmaking.accounts.membership import NotAllowed
from matchmaking.accounts.outreach import jobs
from matchmaking.accounts.outreach.forms import ListForm
from matchmaking.accounts.outreach.models import InvitationList, ListedEnterprise
from matchmaking.accounts.outreach.services import hand_in_list, send_rows
from matchmaking.activity.models import Entry
from matchmaking.jobs.models import Job
from matchmaking.notifications.models import OutboxMail
from tests.factories.accounts import OrganisationFactory, valid_uscc
from tests.factories.jobs import assert_repeatable

pytestmark = pytest.mark.django_db
CODES = [valid_uscc(9_100_000_000 + n) for n in range(3)]
TEXT = f"甲厂,{CODES[0]},a@example.test\n\n乙厂\t{CODES[1]}\tB@example.test\n"


def rows(text=TEXT):
    form = ListForm({"text": text})
    assert form.is_valid(), form.faults
    return form.cleaned_data["rows"]


def handed_in(by):
    return hand_in_list(by=by, organisation=by.active_memberships[0].organisation, rows=rows())


def test_rows_are_pasted_with_commas_or_tabs():
    assert rows() == [
        {"number": 1, "name": "甲厂", "uscc": CODES[0], "email": "a@example.test"},
        {"number": 3, "name": "乙厂", "uscc": CODES[1], "email": "b@example.test"},
    ]


def test_every_fault_is_told_at_its_row():
    bad = f"甲厂,{CODES[0]},a@example.test\n乙厂,91110108551385082X,b\n丙厂,{CODES[0]},c@example.test\n丁厂"
    form = ListForm({"text": bad})
    assert not form.is_valid()
    assert [one.number for one in form.faults] == [2, 2, 3, 4]
    assert "1" in form.faults[2].sentence
    assert not ListForm({"text": " \n"}).is_valid()


def test_a_file_is_read_as_the_paste_is():
    content = f"企业名称,统一社会信用代码,邮箱\n甲厂,{CODES[0]},a@example.test\n".encode()
    form = ListForm({}, {"file": SimpleUploadedFile("list.csv", content)})
    assert form.is_valid(), (form.errors, form.faults)
    assert form.cleaned_data["rows"][0] == {"number": 2, "name": "甲厂", "uscc": CODES[0], "email": "a@example.test"}
    broken = ListForm({}, {"file": SimpleUploadedFile("list.xlsx", b"MZ")})
    assert not broken.is_valid()


def test_one_job_sends_each_row_once(support_officer):
    made = handed_in(support_officer)
    assert (made.job.kind, made.job.total_units, made.rows.exclude(sent_at=None).count()) == (
        "invite_enterprises",
        2,
        0,
    )
    listed = list(made.rows.select_related("list__organisation"))
    assert send_rows(listed) == 2
    assert send_rows(listed) == 0
    assert set(OutboxMail.objects.values_list("to", flat=True)) == {"a@example.test", "b@example.test"}
    entry = Entry.objects.get(verb="enterprises.invited")
    assert entry.detail == {"list": str(made.uuid), "count": 2}


@pytest.mark.django_db(transaction=True)
def test_the_job_may_die_anywhere(restore_reference_data, support_officer, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 1)
    sent = []

    def digest():
        sent.append(ListedEnterprise.objects.exclude(sent_at=None).count())
        return sent[-1], OutboxMail.objects.count()

    assert_repeatable("invite_enterprises", lambda: handed_in(support_officer).job, digest, monkeypatch)
    assert sent == [2, 2]
    assert OutboxMail.objects.count() == 2


def test_the_link_leads_to_the_application_with_name_and_code(client, support_officer, login, stranger):
    send_rows(handed_in(support_officer).rows.select_related("list__organisation"))
    body = OutboxMail.objects.get(to="a@example.test").body
    link = re.search(r"/organisations/outreach/open/[\w-]+/", body)[0]
    apply = reverse("accounts:organisation_create")
    assert client.get(link).url == f"{reverse('account_signup')}?next={apply}"
    assert 'value="a@example.test"' in client.get(reverse("account_signup")).content.decode()
    signed_in = login(stranger)
    assert signed_in.get(link).url == apply
    page = signed_in.get(apply).content.decode()
    assert CODES[0] in page
    assert "甲厂" in page
    assert ListedEnterprise.objects.get(uscc=CODES[0]).opened_at is not None
    old = timezone.now() - LASTS - timedelta(minutes=1)
    ListedEnterprise.objects.update(sent_at=old)
    assert client.get(link).status_code == 404


def test_the_report_tells_who_came_and_nothing_of_applications(login, support_officer):
    made = handed_in(support_officer)
    OrganisationFactory(uscc=CODES[0])
    OrganisationFactory(uscc=CODES[1], state=OrganisationState.APPLIED)
    came = dict(ListedEnterprise.objects.visible_to(support_officer).with_arrival().values_list("uscc", "came"))
    assert came == {CODES[0]: True, CODES[1]: False}
    page = login(support_officer).get(reverse("accounts:outreach_detail", args=[made.uuid]))
    assert [number for _label, number in page.context["figures"]] == [2, 0, 0, 1]


def test_pages_are_the_support_bodys_own(login, support_officer, secretary, enterprise_lead):
    client, url = login(support_officer), reverse("accounts:outreach_list")
    assert client.get(url).status_code == 200
    bad = client.post(url, {"text": "丁厂"})
    assert bad.status_code == 422
    assert not InvitationList.objects.exists()
    answer = client.post(url, {"text": TEXT})
    assert answer.status_code == 302
    assert Job.objects.filter(kind="invite_enterprises").count() == 1
    assert "甲厂" in client.get(answer.url).content.decode()
    assert client.get(url).status_code == 200
    for other in (secretary, enterprise_lead):
        assert login(other).get(url).status_code == 403
        with pytest.raises(NotAllowed):
            hand_in_list(by=other, organisation=other.active_memberships[0].organisation, rows=rows())
    body = OrganisationFactory(kind="support", region=None)
    with pytest.raises(NotAllowed):
        hand_in_list(by=support_officer, organisation=body, rows=rows())
    foreign = InvitationList.objects.create(organisation=body, made_by=secretary)
    assert client.get(reverse("accounts:outreach_detail", args=[foreign.uuid])).status_code == 404
