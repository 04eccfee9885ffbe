"""Use cases of talent posts: who may, what is refused, what is written beside it."""

import pytest

from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from needs.talent import services
from needs.talent.models import TalentPost, TalentPostBody
from tests.factories.needs import make_need
from tests.factories.programmes import programme
from tests.factories.talent import make_post, post_data

pytestmark = pytest.mark.django_db


def create(by, owner, **changes):
    return services.create_talent_post(by=by, owner=owner, programme=programme(), data=post_data(**changes))


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_create_writes_both_halves_and_its_number(enterprise_lead, enterprise):
    post = create(enterprise_lead, enterprise)

    assert post.state == "draft"
    assert post.public_no.startswith("RC-")
    assert post.region == enterprise.region
    assert post.body.owner == enterprise
    assert post.body.contact["phone"] == "000-0000"
    assert post.shown_enterprise == enterprise
    assert [entry.verb for entry in Entry.objects.filter(object_id=post.uuid)] == ["post.created"]


def test_a_stranger_creates_nothing(stranger, enterprise, other_enterprise_lead, park_admin):
    for person in (stranger, other_enterprise_lead, park_admin):
        with pytest.raises(services.NotAllowed):
            create(person, enterprise)
    assert not TalentPost.objects.exists()


@pytest.mark.parametrize("visibility", ["hidden_owner", "members", "invited"])
def test_the_public_row_names_the_owner_only_when_all_is_public(enterprise_lead, enterprise, visibility):
    assert create(enterprise_lead, enterprise, visibility=visibility).shown_enterprise is None


@pytest.mark.parametrize("field", ["title", "duties", "requirements", "pay_details", "mentor"])
def test_marks_of_state_secrets_are_refused_at_intake(enterprise_lead, enterprise, field):
    with pytest.raises(services.Refused) as refusal:
        create(enterprise_lead, enterprise, **{field: "本岗位为绝密事项"})

    assert list(refusal.value.fields) == [field]
    assert not TalentPost.objects.exists()


def test_the_related_need_is_an_own_one(enterprise_lead, enterprise, other_enterprise, other_enterprise_lead):
    own = make_need(enterprise, enterprise_lead)
    assert create(enterprise_lead, enterprise, tech_need=own).body.tech_need == own

    with pytest.raises(services.NotAllowed):
        create(enterprise_lead, enterprise, tech_need=make_need(other_enterprise, other_enterprise_lead))


@pytest.mark.parametrize(("post", "need"), [("public", "hidden_owner"), ("hidden_owner", "public")])
def test_a_hidden_owner_is_not_given_away_by_the_related_need(enterprise_lead, enterprise, post, need):
    related = make_need(enterprise, enterprise_lead, visibility=need)

    with pytest.raises(services.Refused) as refusal:
        create(enterprise_lead, enterprise, visibility=post, tech_need=related)

    assert list(refusal.value.fields) == ["tech_need"]


def test_days_a_week_are_kept_only_where_the_attendance_asks_for_them(enterprise_lead, enterprise):
    assert create(enterprise_lead, enterprise).days_per_week == 2
    assert create(enterprise_lead, enterprise, attendance="online").days_per_week is None


def test_update_keeps_what_is_not_given_and_raises_the_version(enterprise_lead, enterprise):
    post = create(enterprise_lead, enterprise)

    services.update_talent_post(by=enterprise_lead, post=post, version=1, data={"term_months": 12})
    post.refresh_from_db()
    assert (post.version, post.text_version, post.term_months, post.title) == (2, 1, 12, post_data()["title"])

    services.update_talent_post(by=enterprise_lead, post=post, version=2, data={"duties": "别的职责"})
    post.refresh_from_db()
    assert (post.version, post.text_version) == (3, 2)


def test_an_old_version_is_refused_and_nothing_is_written(enterprise_lead, enterprise):
    post = create(enterprise_lead, enterprise)
    services.update_talent_post(by=enterprise_lead, post=post, version=1, data={"duties": "甲"})

    with pytest.raises(StaleState):
        services.update_talent_post(by=enterprise_lead, post=post, version=1, data={"duties": "乙"})

    assert TalentPostBody.objects.get(post=post).duties == "甲"


def test_nobody_changes_the_post_of_another_enterprise(enterprise_lead, enterprise, other_enterprise_lead, park_admin):
    post = create(enterprise_lead, enterprise)

    for person in (other_enterprise_lead, park_admin):
        with pytest.raises(services.NotAllowed):
            services.update_talent_post(by=person, post=post, version=1, data={"duties": "乙"})


def test_a_published_post_is_not_edited(enterprise_lead, enterprise):
    post = make_post(enterprise, enterprise_lead)

    with pytest.raises(StaleState):
        services.update_talent_post(by=enterprise_lead, post=post, version=post.version, data={"duties": "乙"})


def test_many_are_created_in_a_handful_of_queries(enterprise_lead, enterprise, django_assert_max_num_queries):
    rows = [post_data(title=f"岗位{number}") for number in range(60)]

    with django_assert_max_num_queries(8):
        posts = services.bulk_create_talent_posts(
            by=enterprise_lead, owner=enterprise, programme=programme(), rows=rows
        )

    assert len({post.public_no for post in posts}) == 60
    assert TalentPostBody.objects.count() == 60


def test_a_bulk_row_in_the_pool_with_a_hidden_owner_may_not_name_him(enterprise_lead, enterprise):
    row = post_data(visibility="hidden_owner", duties=f"为{enterprise.name}开发工艺")

    with pytest.raises(services.Refused) as refusal:
        services.bulk_create_talent_posts(
            by=enterprise_lead, owner=enterprise, programme=programme(), rows=[row], state="published"
        )

    assert list(refusal.value.fields) == ["duties"]
