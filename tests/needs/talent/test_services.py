"""Use cases of talent posts: who may, what is refused, what is written beside it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from matchmaking.accounts.enums import Role
from matchmaking.accounts.models import Membership
from matchmaking.activity.models import Entry
from matchmaking.common.workflow import StaleState
from matchmaking.intake.models import ReviewTask
from matchmaking.intake.selectors import open_notes, steps_of
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.models import Notification
from matchmaking.programmes.models import ProgrammeTrack
from needs.talent import services
from needs.talent.models import TalentPost, TalentPostBody
from tests.factories.accounts import member
from tests.factories.needs import make_need
from tests.factories.programmes import programme
from tests.factories.reviewing import hand_in
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


# --- The way into the pool -------------------------------------------------------------------------------------------


def kinds(user):
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"duties": ""}, "duties"),
        ({"headcount": None}, "headcount"),
        ({"education": ""}, "education"),
        ({"housing": ""}, "housing"),
        ({"days_per_week": None}, "days_per_week"),
        ({"open_until": None}, "open_until"),
        ({"open_until": timezone.localdate()}, "open_until"),
        ({"contact": None}, "contact_name"),
    ],
)
def test_submission_says_what_is_missing(enterprise_lead, enterprise, changes, field):
    post = create(enterprise_lead, enterprise, **changes)

    with pytest.raises(services.Incomplete) as refusal:
        services.submit_talent_post(by=enterprise_lead, post=post)

    assert field in refusal.value.fields
    assert TalentPost.objects.get(pk=post.pk).state == "draft"


def test_a_title_rank_and_disciplines_may_be_left_open(enterprise_lead, enterprise):
    post = create(enterprise_lead, enterprise, professional_title="", disciplines=[], mentor="", pay_details="")

    assert services.submit_talent_post(by=enterprise_lead, post=post).state == "submitted"


@pytest.mark.parametrize("field", ["title", "duties", "mentor"])
def test_a_hidden_owner_is_not_named(enterprise_lead, enterprise, field):
    post = create(enterprise_lead, enterprise, visibility="hidden_owner", **{field: f"在{enterprise.name}工作"})

    with pytest.raises(services.Incomplete) as refusal:
        services.submit_talent_post(by=enterprise_lead, post=post)

    assert list(refusal.value.fields) == [field]


def test_the_park_publishes_the_posts_of_its_tenants(
    enterprise_lead, enterprise, park, park_admin, regional_officer_edu
):
    post = create(enterprise_lead, enterprise)
    services.submit_talent_post(by=enterprise_lead, post=post)

    assert kinds(park_admin) == ["talent_post_to_check"]
    assert kinds(regional_officer_edu) == []
    assert ReviewTask.objects.about("talent_post", post.uuid).open().get().organisation == park
    with pytest.raises(services.NotAllowed):
        services.publish_talent_post(by=regional_officer_edu, post=post)

    services.publish_talent_post(by=park_admin, post=post)
    assert post.state == "published"
    assert post.published_at
    assert kinds(enterprise_lead) == ["talent_post_published"]
    assert not ReviewTask.objects.about("talent_post", post.uuid).open().exists()
    assert [(step.step, step.decision) for step in steps_of(post, "talent_post")] == [
        ("park", "pass"), ("unit", "submit")
    ]  # fmt: skip


def test_outside_parks_the_department_on_the_track_publishes(
    other_enterprise_lead, other_enterprise, other_regional_officer_edu, other_regional_officer_miit,
    regional_officer_edu, park_admin
):  # fmt: skip
    post = create(other_enterprise_lead, other_enterprise)
    services.submit_talent_post(by=other_enterprise_lead, post=post)

    assert kinds(other_regional_officer_edu) == ["talent_post_to_check"]
    for person in (other_regional_officer_miit, regional_officer_edu, park_admin, other_enterprise_lead):
        with pytest.raises(services.NotAllowed):
            services.publish_talent_post(by=person, post=post)

    assert services.publish_talent_post(by=other_regional_officer_edu, post=post).state == "published"


def test_without_a_department_the_secretary_publishes(other_enterprise_lead, other_enterprise, secretary):
    post = create(other_enterprise_lead, other_enterprise)
    services.submit_talent_post(by=other_enterprise_lead, post=post)

    assert kinds(secretary) == ["talent_post_to_check"]
    assert services.publish_talent_post(by=secretary, post=post).state == "published"


def test_a_park_without_an_administrator_lets_nobody_wait(
    enterprise_lead, enterprise, park_admin, regional_officer_edu
):
    Membership.objects.filter(user=park_admin).update(ended_at=timezone.now())
    post = create(enterprise_lead, enterprise)
    services.submit_talent_post(by=enterprise_lead, post=post)

    assert kinds(regional_officer_edu) == ["talent_post_to_check"]
    assert services.publish_talent_post(by=regional_officer_edu, post=post).state == "published"


def test_the_programmes_data_decides_which_track_publishes(other_enterprise_lead, other_enterprise,
                                                           other_regional_officer_miit):  # fmt: skip
    ProgrammeTrack.objects.filter(programme=programme()).update(reviews=[])
    ProgrammeTrack.objects.filter(programme=programme(), code="miit").update(reviews=["talent_post"])
    post = make_post(other_enterprise, other_enterprise_lead, state="submitted")

    assert services.publish_talent_post(by=other_regional_officer_miit, post=post).state == "published"


def test_return_and_rejection_need_reasons_and_carry_notes(enterprise_lead, enterprise, park_admin):
    post = make_post(enterprise, enterprise_lead, state="submitted")
    for deciding in (services.return_talent_post, services.reject_talent_post):
        with pytest.raises(services.ReasonMissing):
            deciding(by=park_admin, post=post, reason="  ")

    services.return_talent_post(by=park_admin, post=post, reason="请补充", notes={"duties": "写清每周做什么"})

    assert open_notes(post, "talent_post") == {"duties": "写清每周做什么"}
    services.submit_talent_post(by=enterprise_lead, post=post)
    services.reject_talent_post(by=park_admin, post=post, reason="与在招岗位重复")
    assert TalentPost.objects.get(pk=post.pk).state == "rejected"
    assert kinds(enterprise_lead) == ["talent_post_returned", "talent_post_rejected"]
    assert services.reopen_talent_post(by=enterprise_lead, post=post).state == "draft"


def test_who_comes_second_is_told(enterprise_lead, enterprise, park, park_admin):
    second = member(park, Role.PARK_ADMIN)
    post = make_post(enterprise, enterprise_lead, state="submitted")
    seen = TalentPost.objects.get(pk=post.pk)
    services.publish_talent_post(by=park_admin, post=post)

    with pytest.raises(StaleState):
        services.reject_talent_post(by=second, post=seen, reason="不行")


def test_a_post_whose_day_has_passed_is_not_published(enterprise_lead, enterprise, park_admin):
    yesterday = timezone.localdate() - timedelta(days=1)
    post = make_post(enterprise, enterprise_lead, state="submitted", open_until=yesterday)

    with pytest.raises(services.TooLate):
        services.publish_talent_post(by=park_admin, post=post)


def test_many_are_passed_each_by_itself(enterprise_lead, enterprise, park_admin):
    posts = [make_post(enterprise, enterprise_lead, state="submitted") for _number in range(3)]
    hand_in(posts[2], "talent_post", by=enterprise_lead, owner=enterprise)
    services.withdraw_talent_post(by=enterprise_lead, post=posts[2], reason="暂缓")
    chosen = {str(posts[0].uuid): 1, str(posts[1].uuid): 7, str(posts[2].uuid): 1}

    done, left = services.pass_talent_posts(by=park_admin, chosen=chosen)

    assert [post.pk for post in done] == [posts[0].pk]
    assert [post.pk for post in left] == [posts[1].pk, posts[2].pk]


# --- What happens later ----------------------------------------------------------------------------------------------


def test_with_the_last_person_a_post_is_filled(enterprise_lead, enterprise, other_enterprise_lead):
    post = make_post(enterprise, enterprise_lead, headcount=2)
    with pytest.raises(services.NotAllowed):
        services.fill_talent_post(by=other_enterprise_lead, post=post, version=1, filled=1)
    with pytest.raises(services.Refused):
        services.fill_talent_post(by=enterprise_lead, post=post, version=1, filled=3)

    services.fill_talent_post(by=enterprise_lead, post=post, version=1, filled=1)
    assert (post.state, post.filled) == ("published", 1)
    with pytest.raises(StaleState):  # a page that was opened before
        services.fill_talent_post(by=enterprise_lead, post=post, version=1, filled=2)
    services.fill_talent_post(by=enterprise_lead, post=post, version=2, filled=2)
    assert (post.state, post.filled) == ("filled", 2)


def test_a_filled_post_with_a_place_that_is_free_again(enterprise_lead, enterprise):
    post = make_post(enterprise, enterprise_lead, state="filled", headcount=2)
    day = timezone.localdate() + timedelta(days=30)

    services.prolong_talent_post(by=enterprise_lead, post=post, version=1, open_until=day)

    assert (post.state, post.filled, post.open_until) == ("published", 1, day)


def test_a_later_day_publishes_an_expired_post_again(enterprise_lead, enterprise):
    post = make_post(enterprise, enterprise_lead, state="expired")
    with pytest.raises(services.Refused):
        services.prolong_talent_post(by=enterprise_lead, post=post, version=1, open_until=timezone.localdate())

    services.prolong_talent_post(
        by=enterprise_lead, post=post, version=1, open_until=timezone.localdate() + timedelta(days=9)
    )

    assert post.state == "published"


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "published", "expired"])
def test_the_owner_withdraws_and_takes_up_again(enterprise_lead, enterprise, park_admin, state):
    post = make_post(enterprise, enterprise_lead, state=state)
    with pytest.raises(services.NotAllowed):
        services.withdraw_talent_post(by=park_admin, post=post, reason="x")
    with pytest.raises(services.ReasonMissing):
        services.withdraw_talent_post(by=enterprise_lead, post=post, reason=" ")

    services.withdraw_talent_post(by=enterprise_lead, post=post, reason="项目推迟")
    assert services.reopen_talent_post(by=enterprise_lead, post=post).state == "draft"


def test_the_nightly_job_expires_what_is_over(enterprise_lead, enterprise):
    yesterday = timezone.localdate() - timedelta(days=1)
    over = make_post(enterprise, enterprise_lead, open_until=yesterday)
    last_day = make_post(enterprise, enterprise_lead, open_until=timezone.localdate())
    filled = make_post(enterprise, enterprise_lead, state="filled", open_until=yesterday)
    enqueue(kind="expire_talent_posts", args={})

    run_due_jobs()

    states = {post.pk: TalentPost.objects.get(pk=post.pk).state for post in (over, last_day, filled)}
    assert states == {over.pk: "expired", last_day.pk: "published", filled.pk: "filled"}
    assert kinds(enterprise_lead) == ["talent_post_expired"]


def test_the_database_refuses_an_illegal_move(enterprise_lead, enterprise):
    post = make_post(enterprise, enterprise_lead, state="draft")

    with pytest.raises(IntegrityError, match="illegal move"), transaction.atomic():
        TalentPost.objects.filter(pk=post.pk).update(state="published")
