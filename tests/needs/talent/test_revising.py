"""A published talent post: what goes live at once, what waits, who checks it; versions and the appeal."""

import pytest
from django.urls import reverse

from matchmaking.common.workflow import StaleState
from matchmaking.intake.filed import change_notes
from matchmaking.intake.models import RecordVersion, ReviewTask
from matchmaking.intake.versions import Unchanged
from matchmaking.notifications.models import Notification
from needs.talent import services
from needs.talent.models import TalentPost
from needs.talent.services import REVISING
from tests.factories.talent import form_data, make_post

pytestmark = pytest.mark.django_db


def fresh(post):
    return TalentPost.objects.select_related("region", "programme").get(pk=post.pk)


def revise(post, by, **data):
    post = fresh(post)
    return services.revise_talent_post(by=by, post=post, version=post.version, data=data)


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def page(name, post):
    return reverse(f"review:{name}", args=["talent_post", post.uuid])


@pytest.fixture
def post(enterprise, enterprise_lead):
    return make_post(enterprise, enterprise_lead, state="published")


class TestChanges:
    def test_a_checked_field_waits_and_the_rest_is_live(self, post, enterprise_lead, park_admin, regional_officer_edu):
        came = revise(post, enterprise_lead, duties="带队攻关新工艺。", housing="提供公寓", headcount=3)
        assert (sorted(came.live), came.change.fields) == (["headcount", "housing"], ["duties"])
        assert fresh(post).body.duties == post.body.duties
        assert told("talent_post_change_to_check") == ["park_admin"]
        task = ReviewTask.objects.open().get(object_id=post.uuid)
        assert (task.step, task.organisation) == ("change", park_admin.active_memberships[0].organisation)
        with pytest.raises(services.NotAllowed):  # the park publishes its tenants' posts, and nobody else
            REVISING.pass_change(regional_officer_edu, fresh(post), change=came.change, version=came.record.version)
        REVISING.pass_change(park_admin, fresh(post), change=came.change, version=came.record.version)
        assert fresh(post).body.duties == "带队攻关新工艺。"
        assert told("talent_post_change_passed") == ["enterprise_lead"]
        assert [one.what for one in RecordVersion.objects.order_by("number")] == ["published", "edited", "edited"]

    def test_outside_parks_the_region_checks(self, other_enterprise, other_enterprise_lead,
                                             other_regional_officer_edu):  # fmt: skip
        post = make_post(other_enterprise, other_enterprise_lead, state="published")
        came = revise(post, other_enterprise_lead, title="焊接工艺负责人")
        task = ReviewTask.objects.open().get(object_id=post.uuid)
        assert task.organisation == other_regional_officer_edu.active_memberships[0].organisation
        REVISING.return_change(other_regional_officer_edu, fresh(post), change=came.change, reason="写具体",
                               version=came.record.version, notes={"title": "太短"})  # fmt: skip
        assert change_notes(post, "talent_post") == {"title": "太短"}
        assert fresh(post).title == post.title

    def test_fewer_people_than_were_found_are_not_asked_for(self, enterprise, enterprise_lead):
        post = make_post(enterprise, enterprise_lead, state="published", headcount=3, filled=2)
        with pytest.raises(services.Incomplete) as refusal:
            revise(post, enterprise_lead, headcount=1)
        assert list(refusal.value.fields) == ["headcount"]
        revise(post, enterprise_lead, headcount=2)

    def test_a_post_stays_complete_and_hides_its_owner(self, enterprise, enterprise_lead):
        post = make_post(enterprise, enterprise_lead, state="published", visibility="hidden_owner")
        for data in ({"requirements": ""}, {"requirements": f"在{enterprise.name}工作过"}):
            with pytest.raises(services.Incomplete) as refusal:
                revise(post, enterprise_lead, **data)
            assert list(refusal.value.fields) == ["requirements"]

    def test_who_may(self, post, other_enterprise_lead, park_admin, enterprise_lead):
        for person in (other_enterprise_lead, park_admin):
            with pytest.raises(services.NotAllowed):
                revise(post, person, housing="无")
        for state in ("filled", "expired", "withdrawn"):
            other = make_post(post.body.owner, enterprise_lead, state=state)
            with pytest.raises(services.NotAllowed):
                revise(other, enterprise_lead, housing="无")

    def test_an_old_gap_excuses_no_name_of_a_hidden_owner(self, enterprise, enterprise_lead):
        post = make_post(enterprise, enterprise_lead, state="published", visibility="hidden_owner", housing="")
        with pytest.raises(services.Incomplete) as refusal:
            revise(post, enterprise_lead, housing=f"{enterprise.name}的公寓")
        assert list(refusal.value.fields) == ["housing"]
        assert revise(post, enterprise_lead, mentor="总工").live == ("mentor",)

    @pytest.mark.parametrize("leave", ["withdraw", "fill", "expire"])
    def test_leaving_the_list_drops_what_waits(self, post, enterprise_lead, park_admin, leave):
        change = revise(post, enterprise_lead, title="别的岗位").change
        now = fresh(post)
        if leave == "withdraw":
            services.withdraw_talent_post(by=enterprise_lead, post=now, reason="推迟")
        elif leave == "fill":
            services.fill_talent_post(by=enterprise_lead, post=now, version=now.version, filled=now.headcount)
        else:
            services.expire_talent_post(post=now)
        change.refresh_from_db()
        assert change.state == "withdrawn"
        assert not ReviewTask.objects.open().filter(object_id=post.uuid).exists()
        with pytest.raises(StaleState):
            REVISING.pass_change(park_admin, fresh(post), change=change, version=fresh(post).version)


class TestAppeals:
    @pytest.fixture
    def rejected(self, enterprise, enterprise_lead, park_admin):
        post = make_post(enterprise, enterprise_lead, state="submitted")
        services.reject_talent_post(by=park_admin, post=post, reason="不是岗位", reasons=["other"])
        return fresh(post)

    def test_upheld_the_post_is_with_the_park_again(self, rejected, enterprise_lead, park_admin, secretary):
        with pytest.raises(services.NotAllowed):
            REVISING.appeal(park_admin, rejected, version=rejected.version, text="是岗位")
        appeal = REVISING.appeal(enterprise_lead, rejected, version=rejected.version, text="是岗位")
        assert told("appeal_to_decide") == ["secretary"]
        REVISING.decide_appeal(secretary, rejected, appeal=appeal, version=rejected.version, uphold=True, reason="成立")
        assert fresh(rejected).state == "submitted"
        assert [task.step for task in ReviewTask.objects.open().filter(object_id=rejected.uuid)] == ["park"]
        assert told("talent_post_to_check") == ["park_admin"]

    def test_taken_up_again_it_is_filed_with_changes_only(self, rejected, enterprise_lead):
        appeal = REVISING.appeal(enterprise_lead, rejected, version=rejected.version, text="是岗位")
        post = services.reopen_talent_post(by=enterprise_lead, post=rejected)
        appeal.refresh_from_db()
        assert appeal.state == "dropped"
        with pytest.raises(Unchanged):
            services.submit_talent_post(by=enterprise_lead, post=post)
        post = services.update_talent_post(by=enterprise_lead, post=fresh(post), version=fresh(post).version,
                                           data={"duties": "写清楚了的任务。"})  # fmt: skip
        assert services.submit_talent_post(by=enterprise_lead, post=post).state == "submitted"


class TestPages:
    def test_the_owner_changes_and_the_park_checks(self, login, post, enterprise_lead, park_admin):
        owner, checker = login(enterprise_lead), login(park_admin)
        edit = reverse("talent:talent_post_edit", args=[post.uuid])
        assert owner.get(edit).content.decode().count("field-checked") >= 6
        sent = owner.post(edit, form_data(version=post.version, title="焊接工艺副总工程师", housing="公寓一套"))
        assert sent.status_code == 302
        assert fresh(post).body.housing == "公寓一套"
        assert "焊接工艺副总工程师" in owner.get(edit).content.decode()  # what waits stands in the form
        assert page("change", post) in checker.get(post.get_absolute_url()).content.decode()
        seen = checker.get(page("change", post))
        change = seen.context["change"]
        data = {"version": fresh(post).version, "decision": "pass", "change": str(change.uuid)}
        assert checker.post(page("change", post), data).status_code == 302
        assert fresh(post).title == "焊接工艺副总工程师"

    def test_an_older_page_asks_again(self, login, post, enterprise_lead):
        revise(post, enterprise_lead, housing="新")
        edit = reverse("talent:talent_post_edit", args=[post.uuid])
        stale = login(enterprise_lead).post(edit, form_data(version=post.version, housing="旧"))
        assert stale.status_code == 409
        assert fresh(post).body.housing == "新"

    def test_who_reads_the_versions(self, login, post, enterprise_lead, park_admin, other_enterprise_lead,
                                    university_officer):  # fmt: skip
        revise(post, enterprise_lead, contact={"name": "新联系人", "phone": "111-22"})
        address = page("version_list", post) + "?from=1&to=now"
        assert "111-22" in login(enterprise_lead).get(address).content.decode()
        seen = login(park_admin).get(address)
        assert seen.status_code == 200
        assert "111-22" not in seen.content.decode()
        for person in (other_enterprise_lead, university_officer):
            assert login(person).get(address).status_code == 404
            assert login(person).get(page("change", post)).status_code == 403
            assert page("version_list", post) not in login(person).get(post.get_absolute_url()).content.decode()
