"""Pages of talent posts: happy path, stranger, wrong role, bad input, number of queries."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from matchmaking.vocabularies import selectors as vocabularies
from needs.talent.models import TalentPost
from needs.talent.services import update_talent_post
from tests.factories.needs import make_need
from tests.factories.talent import form_data, make_post, post_data

pytestmark = pytest.mark.django_db


def url(name, post=None):
    return reverse(f"talent:talent_post_{name}", args=[post.uuid] if post else [])


def text_of(response):
    return response.content.decode()


# --- Lists -----------------------------------------------------------------------------------------------------------


def test_the_list_is_public_and_holds_open_posts(login, enterprise, enterprise_lead):
    shown = make_post(enterprise, enterprise_lead, title="已经发布的岗位")
    make_post(enterprise, enterprise_lead, state="draft", title="还是草稿的岗位")
    make_post(enterprise, enterprise_lead, state="filled", title="已经满员的岗位")

    page = text_of(login().get(url("list")))
    assert shown.title in page
    assert enterprise.name in page
    assert "还是草稿的岗位" not in page
    assert "已经满员的岗位" not in page
    filled = text_of(login().get(url("list"), {"state": "filled"}))
    assert "已经满员的岗位" in filled
    assert shown.title not in filled
    assert "还是草稿的岗位" not in text_of(login().get(url("list"), {"state": "all"}))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "窄间隙"}, True), ({"q": "不存在的词语"}, False), ({"tech_field": "08"}, True),
        ({"tech_field": "0804"}, True), ({"tech_field": "01"}, False), ({"post_kind": "tech_vp"}, True),
        ({"post_kind": "postdoc"}, False), ({"education": "doctor"}, True), ({"education": "master"}, False),
        ({"attendance": "weekly"}, True), ({"attendance": "online"}, False), ({"region": "32"}, True),
        ({"region": "37"}, False), ({"pay_band": "p5"}, True), ({"pay_band": "p1"}, False),
        ({"q": "焊接工艺", "sort": "relevance"}, True), ({"sort": "closing"}, True), ({"q": "RC-1999-000001"}, False),
    ],
)  # fmt: skip
def test_filters(login, enterprise, enterprise_lead, university_officer, query, found):
    post = make_post(enterprise, enterprise_lead)

    for user in (None, university_officer):
        assert (post.get_absolute_url() in text_of(login(user).get(url("list"), query))) is found


def test_my_education_finds_posts_that_ask_for_less(login, enterprise, enterprise_lead):
    for level in ("college", "bachelor", "master", "doctor"):
        make_post(enterprise, enterprise_lead, education=level, title=f"要求{level}")

    page = text_of(login().get(url("list"), {"education": "master"}))

    assert [level for level in ("college", "bachelor", "master", "doctor") if f"要求{level}" in page] == [
        "college", "bachelor", "master"
    ]  # fmt: skip


def test_hits_are_marked_in_what_the_reader_may_read(login, enterprise, enterprise_lead, university_officer):
    make_post(enterprise, enterprise_lead)
    make_post(enterprise, enterprise_lead, visibility="hidden_owner", duties="独有职责")

    page = text_of(login(university_officer).get(url("list"), {"q": "窄间隙"}))
    assert "<mark>窄间隙</mark>" in page
    assert "独有职责" in text_of(login(university_officer).get(url("list"), {"q": "独有职责"})).replace(
        "<mark>", ""
    ).replace("</mark>", "")
    assert "独有职责" not in text_of(login().get(url("list"), {"q": "焊接工艺"}))


def test_a_quoted_phrase_stands_as_it_is_written(login, enterprise, enterprise_lead, university_officer):
    post = make_post(enterprise, enterprise_lead, duties="工艺开发与焊接培训")

    for words, found in (("“焊接培训”", True), ("“培训焊接”", False), (f"“{enterprise.name}”", True)):
        for user in (None, university_officer):
            assert (post.get_absolute_url() in text_of(login(user).get(url("list"), {"q": words}))) is found, words


def test_a_phrase_tells_nothing_of_a_hidden_owner(login, enterprise, enterprise_lead, university_officer):
    post = make_post(enterprise, enterprise_lead, visibility="hidden_owner", duties="独有职责")

    for user, words in ((university_officer, enterprise.name), (None, "独有职责")):
        assert post.get_absolute_url() not in text_of(login(user).get(url("list"), {"q": f"“{words}”"}))


def test_a_phrase_made_of_pairs_that_stand_apart_tells_nothing_either(
    login, enterprise, enterprise_lead, university_officer
):
    """The index knows pairs of characters; neither a hidden name nor a closed text may complete them to a phrase."""
    pairs = "测试，试企，企业，业甲。"
    assert enterprise.name == "测试企业甲"
    post = make_post(
        enterprise, enterprise_lead, visibility="hidden_owner", title="窄间、间隙、隙焊", duties=f"窄间隙焊{pairs}"
    )

    for user, words in ((university_officer, enterprise.name), (None, "窄间隙焊")):
        assert post.get_absolute_url() not in text_of(login(user).get(url("list"), {"q": f"“{words}”"}))
    assert post.get_absolute_url() in text_of(login(university_officer).get(url("list"), {"q": "“窄间隙焊”"}))


def test_facets_count_the_open_posts(login, enterprise, enterprise_lead):
    make_post(enterprise, enterprise_lead)
    make_post(enterprise, enterprise_lead, post_kind="postdoc")
    make_post(enterprise, enterprise_lead, post_kind="postdoc", state="filled")
    make_post(enterprise, enterprise_lead, post_kind="postdoc", visibility="members")

    response = login().get(url("facets"), {"attendance": "weekly"})

    counts = {value.code: value.count for value in response.context["facets"][0].first}
    assert counts == {"tech_vp": 1, "postdoc": 1}


def test_a_post_is_found_by_its_number_in_any_state_of_the_pool(login, enterprise, enterprise_lead):
    post = make_post(enterprise, enterprise_lead, state="filled")

    assert post.title in text_of(login().get(url("list"), {"q": post.public_no.lower()}))


@pytest.mark.parametrize(
    "query", [{"tech_field": "zz"}, {"education": "x"}, {"state": "draft"}, {"page": "99999999999"}, {"q": "&|!:*('"},
              {"q": "长" * 101}, {"region": "'; --"}, {"sort": "x"}],
)  # fmt: skip
def test_bad_filters_are_no_error_page(login, enterprise, enterprise_lead, query):
    make_post(enterprise, enterprise_lead)
    draft = make_post(enterprise, enterprise_lead, state="draft", title="还是草稿的岗位")

    response = login().get(url("list"), query)

    assert response.status_code == 200
    assert draft.title not in text_of(response)


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize("name", ["list", "mine", "review"])
def test_lists_take_the_same_few_queries(login, enterprise, enterprise_lead, park_admin, count, name,
                                         django_assert_max_num_queries):  # fmt: skip
    state = "submitted" if name == "review" else "published"
    for _number in range(count):
        make_post(enterprise, enterprise_lead, state=state)
    client = login(park_admin if name == "review" else enterprise_lead)
    vocabularies.warm()

    with django_assert_max_num_queries(16):
        response = client.get(url(name), {"q": "焊接工艺"})

    assert len(response.context["page"].object_list) == min(count, 20)


@pytest.mark.parametrize("count", [2, 20])
def test_the_api_takes_the_same_few_queries(client, enterprise, enterprise_lead, count, django_assert_max_num_queries):
    need = make_need(enterprise, enterprise_lead)
    for _number in range(count):
        make_post(enterprise, enterprise_lead, tech_need=need)

    with django_assert_max_num_queries(8):
        found = client.get("/api/talent-posts/").json()["results"]

    assert len(found) == count
    assert found[0]["need"] == need.public_no
    assert found[0]["enterprise"] == enterprise.name


def test_own_posts_are_for_editors_of_enterprises(login, enterprise, enterprise_lead, university_officer, park_admin):
    make_post(enterprise, enterprise_lead, state="draft", title="自己的草稿")

    assert "自己的草稿" in text_of(login(enterprise_lead).get(url("mine")))
    for person in (university_officer, park_admin):
        assert login(person).get(url("mine")).status_code == 403
    assert login().get(url("mine")).status_code == 302


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_a_draft_takes_what_is_readable(login, enterprise_lead, enterprise):
    client = login(enterprise_lead)
    assert client.get(url("create")).status_code == 200
    bare = {"title": "只有名称", "programme": form_data()["programme"], "visibility": "public",
            "invited-TOTAL_FORMS": 0, "invited-INITIAL_FORMS": 0}  # fmt: skip

    response = client.post(url("create"), bare)

    post = TalentPost.objects.get()
    assert response["Location"] == post.get_absolute_url()
    assert (post.state, post.headcount, post.post_kind) == ("draft", None, "")
    page = text_of(client.get(post.get_absolute_url()))
    assert f"{url('edit', post)}#id_duties" in page


def test_a_post_is_written_and_handed_in(login, enterprise_lead, enterprise):
    need = make_need(enterprise, enterprise_lead)

    response = login(enterprise_lead).post(url("create"), form_data(do="submit", tech_need=need.pk))

    post = TalentPost.objects.get()
    assert response["Location"] == post.get_absolute_url()
    assert post.state == "submitted"
    assert post.body.tech_need == need
    assert {name: getattr(post, name) for name in ("headcount", "days_per_week", "term_months", "disciplines")} == {
        "headcount": 2, "days_per_week": 2, "term_months": 24, "disciplines": ["460"]
    }  # fmt: skip
    assert post.body.contact["email"] == "post@example.test"


def test_the_need_of_another_enterprise_is_no_choice(login, enterprise_lead, other_enterprise, other_enterprise_lead):
    need = make_need(other_enterprise, other_enterprise_lead)

    response = login(enterprise_lead).post(url("create"), form_data(tech_need=need.pk))

    assert response.status_code == 422
    assert "tech_need" in response.context["form"].errors
    assert not TalentPost.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"headcount": "0"}, "headcount"), ({"headcount": "zwei"}, "headcount"), ({"headcount": "9999"}, "headcount"),
        ({"days_per_week": "6"}, "days_per_week"), ({"term_months": "61"}, "term_months"),
        ({"open_until": "gestern"}, "open_until"), ({"title": "长" * 61}, "title"), ({"pay_band": "p99"}, "pay_band"),
        ({"duties": "本岗位为绝密事项"}, "duties"), ({"disciplines": ["zz"]}, "disciplines"),
    ],
)  # fmt: skip
def test_bad_input_is_named_at_its_field_and_kept(login, enterprise_lead, changes, field):
    response = login(enterprise_lead).post(url("create"), form_data(**changes))

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert "厂区公寓一间" in text_of(response)
    assert not TalentPost.objects.exists()


def test_full_width_digits_are_numbers(login, enterprise_lead, enterprise):
    login(enterprise_lead).post(url("create"), form_data(headcount="３", term_months="１２"))

    assert TalentPost.objects.get().headcount == 3


def test_submitting_an_incomplete_form_marks_the_steps(login, enterprise_lead):
    response = login(enterprise_lead).post(url("create"), form_data(do="submit", duties="", contact_name=""))

    assert response.status_code == 422
    marks = {stop.part.id.removeprefix("section-"): stop.state for stop in response.context["rail"].stops}
    assert (marks["work"], marks["contact"], marks["pay"]) == ("wrong", "wrong", "done")


def test_an_invited_post_needs_guests(login, enterprise_lead, university):
    client = login(enterprise_lead)

    refused = client.post(url("create"), form_data(do="submit", visibility="invited"))
    assert refused.status_code == 422
    client.post(url("create"), form_data(do="submit", visibility="invited", invited=[university.name]))

    post = TalentPost.objects.get()
    assert [guest.organisation for guest in post.invitations.all()] == [university]


def test_an_older_page_keeps_the_text_that_was_typed(login, enterprise_lead, enterprise):
    post = make_post(enterprise, enterprise_lead, state="draft")
    update_talent_post(by=enterprise_lead, post=post, version=1, data={"duties": "先到"})

    response = login(enterprise_lead).post(url("edit", post), form_data(version=1, duties="后到的文字"))

    assert response.status_code == 409
    assert "后到的文字" in text_of(response)
    assert TalentPost.objects.get().body.duties == "先到"


def test_the_owners_pages_are_closed_to_others(login, enterprise, enterprise_lead, other_enterprise_lead, park_admin):
    post = make_post(enterprise, enterprise_lead)

    for person in (other_enterprise_lead, park_admin):
        client = login(person)
        for name in ("edit", "withdraw", "prolong", "fill"):
            assert client.get(url(name, post)).status_code == 403, name
            assert client.post(url(name, post), {"version": 1, "reason": "x", "filled": 1}).status_code == 403, name
    assert TalentPost.objects.get().version == 1


def test_a_page_that_the_state_has_closed_leads_back(login, enterprise, enterprise_lead):
    post = make_post(enterprise, enterprise_lead, state="submitted")
    client = login(enterprise_lead)

    for name in ("edit", "prolong", "fill"):
        assert client.get(url(name, post))["Location"] == post.get_absolute_url(), name


def test_filling_and_prolonging_on_the_pages(login, enterprise, enterprise_lead):
    post = make_post(enterprise, enterprise_lead)
    client = login(enterprise_lead)

    assert client.post(url("fill", post), {"version": 1, "filled": "3"}).status_code == 422
    assert client.post(url("fill", post), {"version": 1, "filled": "2"}).status_code == 302
    assert TalentPost.objects.get().state == "filled"
    day = timezone.localdate() + timedelta(days=20)
    assert client.post(url("prolong", post), {"version": 2, "open_until": "2020-01-01"}).status_code == 422
    assert client.post(url("prolong", post), {"version": 2, "open_until": day.isoformat()}).status_code == 302
    assert TalentPost.objects.get().filled == 1


# --- Review ----------------------------------------------------------------------------------------------------------


def test_the_queue_holds_what_waits_for_this_person(
    login, enterprise, enterprise_lead, park_admin, other_enterprise, other_enterprise_lead, regional_officer_edu,
    secretary,
):  # fmt: skip
    make_post(enterprise, enterprise_lead, state="submitted", title="园内岗位")
    make_post(other_enterprise, other_enterprise_lead, state="submitted", title="园外岗位")
    make_post(enterprise, enterprise_lead, state="published", title="已决定的岗位")

    park = text_of(login(park_admin).get(url("review")))
    assert "园内岗位" in park
    assert "园外岗位" not in park
    assert "已决定的岗位" not in park
    assert "园内岗位" not in text_of(login(regional_officer_edu).get(url("review")))
    assert "园外岗位" in text_of(login(secretary).get(url("review")))
    assert login(enterprise_lead).get(url("review")).status_code == 403


def test_a_return_shows_its_notes_at_the_fields(login, enterprise, enterprise_lead, park_admin):
    post = make_post(enterprise, enterprise_lead, state="submitted")
    checker = login(park_admin)
    page = text_of(checker.get(url("decide", post)))
    assert post_data()["duties"] in page
    assert "000-0000" not in page
    posted = {"version": 1, "decision": "return", "reason": "请写清", "reasons": ["incomplete"],
              "note_duties": "每周做什么？"}  # fmt: skip

    assert checker.post(url("decide", post), {**posted, "reason": ""}).status_code == 422
    assert checker.post(url("decide", post), posted).status_code == 302

    page = text_of(login(enterprise_lead).get(url("edit", post)))
    assert "每周做什么？" in page
    assert "请写清" in page


def test_publishing_on_the_page_and_coming_second(login, enterprise, enterprise_lead, park_admin, regional_officer_edu):
    post = make_post(enterprise, enterprise_lead, state="submitted")
    checker = login(park_admin)

    assert login(regional_officer_edu).get(url("decide", post)).status_code == 403
    assert login(enterprise_lead).get(url("decide", post)).status_code == 403
    assert checker.post(url("decide", post), {"version": 1, "decision": "send_back", "reason": "x"}).status_code == 403
    assert checker.post(url("decide", post), {"version": 1, "decision": "pass"}).status_code == 302
    assert checker.post(url("decide", post), {"version": 1, "decision": "pass"}).status_code == 409
    assert TalentPost.objects.get().state == "published"


def test_bulk_pass_publishes_what_was_looked_at(login, enterprise, enterprise_lead, park_admin):
    posts = [make_post(enterprise, enterprise_lead, state="submitted") for _number in range(3)]
    update = TalentPost.objects.filter(pk=posts[2].pk)
    update.update(version=5)
    boxes = [f"{post.uuid}:1" for post in posts] + ["x:1", f"{posts[0].uuid}:y"]

    login(park_admin).post(url("pass_many"), {"pk": boxes, "sure": "1"})

    assert [TalentPost.objects.get(pk=post.pk).state for post in posts] == ["published", "published", "submitted"]
