"""Who sees which half of a post: persona × state × visibility, and the hidden owner nowhere."""

import io
from types import SimpleNamespace

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from rest_framework.test import APIRequestFactory, force_authenticate

from matchmaking.activity.models import Entry
from needs.models import TechNeed
from needs.talent.api import TalentPostViewSet
from needs.talent.enums import IN_POOL, PostState
from needs.talent.models import TalentPost, TalentPostBody
from needs.talent.services import submit_talent_post, withdraw_talent_post
from tests.factories.needs import make_need
from tests.factories.talent import make_post
from tests.visiting import visited

pytestmark = pytest.mark.django_db

OWNER, DUTIES, PAY, MENTOR = "隐名锻造", "独有职责文本", "独有报酬文本", "独有导师"
CONTACT = {"name": "保密联系人", "position": "", "phone": "139-canary", "email": "canary@example.test"}
VISITORS = ("anonymous", "stranger")
OTHERS = ("university_officer", "other_enterprise_lead", "national_officer", "broker", "expert_user",
          "regional_officer_miit", "other_regional_officer_edu")  # fmt: skip
CHECKERS = ("park_admin", "regional_officer_edu", "secretary")
PERSONAS = (*VISITORS, *OTHERS, *CHECKERS, "enterprise_lead")
VISIBILITIES = ("public", "members", "invited", "hidden_owner")


@pytest.fixture
def person(request):
    return lambda name: AnonymousUser() if name == "anonymous" else request.getfixturevalue(name)


@pytest.fixture
def hidden(enterprise_lead, enterprise):
    """A published post whose owner is hidden, full of strings that must not travel."""
    enterprise.name, enterprise.name_en = f"{OWNER}有限公司", "Canary Forging"
    enterprise.save()
    return make_post(enterprise, enterprise_lead, visibility="hidden_owner", duties=DUTIES, pay_details=PAY,
                     mentor=MENTOR, contact=CONTACT)  # fmt: skip


def call_api(user, uuid=None, **query):
    request = APIRequestFactory().get("/api/talent-posts/", query)
    if user.is_authenticated:
        force_authenticate(request, user)
    view = TalentPostViewSet.as_view({"get": "retrieve" if uuid else "list"})
    response = view(request, **({"uuid": uuid} if uuid else {}))
    response.render()
    return response


def expected(name: str, state: str, visibility: str) -> bool:
    """Who sees a post of a tenant in Jiangsu."""
    if name == "enterprise_lead":
        return True
    if name in CHECKERS and state != PostState.DRAFT:
        return True
    if state not in IN_POOL:
        return False
    return visibility in ("public", "hidden_owner") or (visibility == "members" and name not in VISITORS)


def in_api(user):
    """What the API looks in when it is asked for one post."""
    return set(TalentPostViewSet(action="retrieve", request=SimpleNamespace(user=user)).get_queryset())


@pytest.mark.usefixtures("refusals_in_full_once")
def test_queryset_page_and_api_agree_for_every_state(person, login, enterprise, enterprise_lead):
    posts = [
        make_post(enterprise, enterprise_lead, state=state, visibility=visibility)
        for visibility in VISIBILITIES
        for state in PostState.values
    ]
    states = len(PostState.values)
    for place, (name, user) in enumerate({name: person(name) for name in PERSONAS}.items()):
        client = login(None if name == "anonymous" else user)
        visible, found = set(TalentPost.objects.visible_to(user)), in_api(user)
        for number, post in enumerate(posts):
            sees = expected(name, post.state, post.visibility)
            said = (name, post.state, post.visibility)
            cell = (place, number % states, number // states)

            pooled = sees and post.state in IN_POOL
            assert ((post in visible), (post in found)) == (sees, pooled), said
            if visited(*cell, visibilities=len(VISIBILITIES)):
                assert client.get(post.get_absolute_url()).status_code == (200 if sees else 404), said
            if visited(*cell, visibilities=len(VISIBILITIES), turn=2):
                assert (call_api(user, post.uuid).status_code == 200) is pooled, said


def test_the_invited_read_what_they_are_invited_to(
    enterprise, enterprise_lead, university, university_officer, other_university_officer, login
):
    post = make_post(enterprise, enterprise_lead, visibility="invited", invited=[university], duties=DUTIES)

    assert DUTIES in login(university_officer).get(post.get_absolute_url()).content.decode()
    assert login(other_university_officer).get(post.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", [*VISITORS, *OTHERS])
def test_a_hidden_owner_appears_nowhere(name, person, login, hidden, enterprise):
    user = person(name)
    client = login(None if name == "anonymous" else user)
    lists = reverse("talent:talent_post_list")
    found = client.get(lists, {"q": OWNER})
    pages = [client.get(hidden.get_absolute_url()), client.get(lists), found, call_api(user),
             call_api(user, hidden.uuid)]  # fmt: skip

    for page in pages:
        text = page.content.decode()
        assert f"{OWNER}有限公司" not in text
        assert "Canary Forging" not in text
        assert "canary" not in text
        assert f"/organisations/{enterprise.uuid}" not in text
    assert hidden.title not in found.content.decode()


@pytest.mark.parametrize("name", VISITORS)
def test_visitors_read_no_hidden_duties_and_no_pay_and_mentor(name, person, login, hidden, enterprise, enterprise_lead):
    user = person(name)
    client = login(None if name == "anonymous" else user)
    public = make_post(enterprise, enterprise_lead, pay_details=PAY, mentor=MENTOR, duties="公开职责")

    assert DUTIES not in client.get(hidden.get_absolute_url()).content.decode()
    assert DUTIES not in call_api(user, hidden.uuid).content.decode()
    page = client.get(public.get_absolute_url()).content.decode()
    assert "公开职责" in page
    for secret in (PAY, MENTOR):
        assert secret not in page
        assert secret not in call_api(user, public.uuid).content.decode()


def test_members_read_pay_and_mentor_but_no_contact(login, enterprise, enterprise_lead, university_officer, park_admin):
    post = make_post(enterprise, enterprise_lead, pay_details=PAY, mentor=MENTOR, contact=CONTACT)

    for person in (university_officer, park_admin):
        page = login(person).get(post.get_absolute_url()).content.decode()
        assert PAY in page
        assert MENTOR in page
        assert "canary" not in page
    assert "139-canary" in login(enterprise_lead).get(post.get_absolute_url()).content.decode()


def exported(client, **query):
    body = b"".join(client.get(reverse("talent:talent_post_export"), query).streaming_content)
    rows = openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True)
    return "\n".join(str(cell) for row in rows for cell in row if cell)


def test_the_export_holds_what_the_person_is_shown(login, hidden, university_officer, enterprise_lead, enterprise):
    draft = make_post(enterprise, enterprise_lead, state="draft", title="自己的草稿")

    others = exported(login(university_officer))
    assert hidden.title in others
    assert DUTIES in others
    assert OWNER not in others
    assert "canary" not in others
    assert draft.title not in exported(login(university_officer), list="mine")
    assert draft.title in exported(login(enterprise_lead), list="mine")


def test_the_history_does_not_name_a_hidden_owner(hidden, enterprise, enterprise_lead, park_admin):
    draft = make_post(enterprise, enterprise_lead, state="draft", visibility="hidden_owner")
    submit_talent_post(by=enterprise_lead, post=draft)
    withdraw_talent_post(by=enterprise_lead, post=draft, reason="暂缓")

    assert not Entry.objects.filter(object_id=draft.uuid, organisation_id=enterprise.pk).exists()


@pytest.mark.parametrize("visibility", ["members", "invited", "hidden_owner"])
def test_the_public_row_is_searched_by_its_name_alone(login, enterprise, enterprise_lead, visibility):
    post = make_post(enterprise, enterprise_lead, visibility=visibility, duties=DUTIES)

    assert TalentPostBody.objects.filter(post=post, search_vector__isnull=False).exists()
    assert post.title not in login().get(reverse("talent:talent_post_list"), {"q": DUTIES}).content.decode()


def test_the_related_need_is_shown_to_those_who_see_it(login, enterprise, enterprise_lead, university_officer):
    need = make_need(enterprise, enterprise_lead, visibility="members", title="成员才看得到的需求")
    post = make_post(enterprise, enterprise_lead, tech_need=need)

    assert need.title in login(university_officer).get(post.get_absolute_url()).content.decode()
    assert need.title not in login().get(post.get_absolute_url()).content.decode()


def test_a_need_that_was_hidden_later_gives_its_owner_away_to_nobody(login, enterprise, enterprise_lead, park_admin,
                                                                     university_officer):  # fmt: skip
    need = make_need(enterprise, enterprise_lead, title="后来隐去单位的需求")
    post = make_post(enterprise, enterprise_lead, tech_need=need)
    TechNeed.objects.filter(pk=need.pk).update(visibility="hidden_owner", shown_enterprise=None)

    assert need.title not in login(university_officer).get(post.get_absolute_url()).content.decode()
    assert need.public_no not in call_api(university_officer, post.uuid).content.decode()
    assert need.title in login(park_admin).get(post.get_absolute_url()).content.decode()
