"""Saved searches: what is new is told once, to whom may read it, and to nobody who stopped it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from matchmaking.accounts.services import end_membership
from matchmaking.common.pool_registry import find_pool
from matchmaking.finding import services
from matchmaking.finding.models import Frequency, SavedSearch, SavedSearchHit
from matchmaking.finding.services import SearchRefused, save_search, stop_token, tell_news, tidy_query
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.jobs.services import enqueue
from matchmaking.notifications.models import Notification, OutboxMail

pytestmark = pytest.mark.django_db


def later(search, days=1):
    """As if the portal had last looked so many days ago."""
    SavedSearch.objects.filter(pk=search.pk).update(checked_at=timezone.now() - timedelta(days=days))


class TestNews:
    def test_what_is_published_after_the_search_is_told(self, achievement, publish, saved, enterprise_lead):
        search = saved(enterprise_lead, "q=涡流检测")
        publish(achievement(title="涡流检测新方法"))
        assert tell_news(search_id=search.pk) == 1
        [told] = Notification.objects.filter(kind="saved_search_news")
        assert (told.recipient, told.params["count"]) == (enterprise_lead, 1)
        assert "涡流检测新方法" in told.params["lines"]
        assert told.url == reverse("finding:saved_search_detail", args=[search.uuid])

    def test_nothing_is_told_twice(self, achievement, publish, saved, enterprise_lead):
        search = saved(enterprise_lead, "q=涡流检测")
        publish(achievement(title="涡流检测新方法"))
        assert tell_news(search_id=search.pk) == 1
        later(search)
        assert tell_news(search_id=search.pk) == 0
        assert OutboxMail.objects.count() == 1

    def test_not_even_when_it_is_published_again(self, achievement, publish, saved, enterprise_lead):
        search = saved(enterprise_lead)
        one = publish(achievement(title="甲"))
        tell_news(search_id=search.pk)
        later(search)
        publish(one)
        assert tell_news(search_id=search.pk) == 0

    def test_what_stood_there_before_is_no_news(self, achievement, publish, saved, enterprise_lead):
        old = publish(achievement(title="早已在库"), ago=timedelta(days=3))
        fresh = publish(achievement(title="刚刚入库"), ago=timedelta(minutes=5))  # within the overlap
        search = save_search(by=enterprise_lead, pool=find_pool("achievement"), query="", name="x", frequency="daily")
        SavedSearch.objects.filter(pk=search.pk).update(checked_at=search.checked_at - timedelta(days=1))
        assert set(search.hits.values_list("object_id", "is_news")) == {(fresh.uuid, False)}
        later(search, 2)
        assert tell_news(search_id=search.pk) == 0
        assert old.uuid not in set(search.hits.values_list("object_id", flat=True))

    def test_an_older_record_published_later_is_told(self, achievement, publish, saved, enterprise_lead):
        """The day it was written does not count, the day it was published does."""
        old = achievement(title="甲", state="submitted")
        search = saved(enterprise_lead)
        publish(achievement(title="乙"))
        assert tell_news(search_id=search.pk) == 1
        later(search)
        type(old).objects.filter(pk=old.pk).update(state="accepted")
        publish(old)
        assert tell_news(search_id=search.pk) == 1
        assert set(search.hits.values_list("object_id", flat=True)) >= {old.uuid}

    def test_a_publication_that_committed_late_is_told(self, achievement, publish, saved, enterprise_lead):
        """Its entry is dated before our last look, but was not there to be seen."""
        search = saved(enterprise_lead)
        tell_news(search_id=search.pk)
        publish(achievement(title="甲"), ago=timedelta(hours=24, minutes=40))
        later(search)
        assert tell_news(search_id=search.pk) == 1

    def test_the_filters_count(self, achievement, publish, saved, enterprise_lead):
        search = saved(enterprise_lead, "q=检测&tech_field=04")
        publish(achievement(title="检测甲"))
        publish(achievement(title="检测乙", tech_field="0401"))
        assert tell_news(search_id=search.pk) == 1
        assert "检测乙" in Notification.objects.get().params["lines"]

    def test_other_pools(self, need, publish, saved, researcher):
        search = saved(researcher, "q=叶片", pool="need")
        publish(need(title="叶片在线检测"), "need")
        assert tell_news(search_id=search.pk) == 1

    def test_a_long_list_is_cut(self, achievement, publish, saved, enterprise_lead, monkeypatch):
        monkeypatch.setattr(services, "MOST_LINES", 2)
        search = saved(enterprise_lead)
        for number in range(5):
            publish(achievement(title=f"成果{number}"))
        assert tell_news(search_id=search.pk) == 5
        assert len(Notification.objects.get().params["lines"].splitlines()) == 3


class TestDue:
    @pytest.mark.parametrize(
        ("frequency", "days", "due"),
        [("daily", 0, False), ("daily", 1, True), ("weekly", 6, False), ("weekly", 7, True), ("never", 99, False)],
    )
    def test_by_days_of_the_portal(self, saved, enterprise_lead, frequency, days, due):
        search = saved(enterprise_lead, frequency=frequency, days=days)
        assert services.is_due(search, timezone.now()) is due

    def test_nothing_is_told_before_its_day(self, achievement, publish, saved, enterprise_lead):
        search = saved(enterprise_lead, frequency="weekly", days=6)
        publish(achievement(title="甲"))
        assert tell_news(search_id=search.pk) == 0
        later(search, 7)
        assert tell_news(search_id=search.pk) == 1

    def test_switched_on_again_it_tells_only_what_comes(self, achievement, publish, saved, enterprise_lead):
        search = saved(enterprise_lead, frequency="never")
        publish(achievement(title="甲"), ago=timedelta(minutes=2))
        later(search, 30)
        services.change_search(search=search, name="x", frequency=Frequency.DAILY)
        later(search)
        assert tell_news(search_id=search.pk) == 0

    def test_the_job_tells_every_due_search(self, achievement, publish, saved, enterprise_lead, researcher):
        for user in (enterprise_lead, researcher):
            saved(user, "q=检测")
        saved(enterprise_lead, "q=没有")
        publish(achievement(title="检测甲"))
        job = enqueue(kind="tell_saved_searches", args={})
        run_due_jobs()
        job.refresh_from_db()
        assert (job.state, job.result) == ("done", {"searches": 3, "news": 2})
        assert sorted(letter.to[0] for letter in mail.outbox) == sorted([enterprise_lead.email, researcher.email])

    def test_one_that_fails_does_not_end_the_others(self, achievement, publish, saved, enterprise_lead, researcher,
                                                    monkeypatch, caplog):  # fmt: skip
        broken, sound = saved(enterprise_lead, "q=检测"), saved(researcher, "q=检测")
        publish(achievement(title="检测甲"))
        told = services.notify

        def fails_for_one(**kwargs):
            if enterprise_lead in kwargs["recipients"]:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")  # the transaction is spoilt too
            return told(**kwargs)

        monkeypatch.setattr(services, "notify", fails_for_one)
        job = enqueue(kind="tell_saved_searches", args={})
        run_due_jobs()
        job.refresh_from_db()
        assert (job.state, job.done_units, job.result) == ("done", 2, {"searches": 2, "news": 1})
        assert [letter.to[0] for letter in mail.outbox] == [researcher.email]
        assert f"saved search {broken.pk} " in caplog.text
        assert not broken.hits.exists()
        looked = SavedSearch.objects.in_bulk([broken.pk, sound.pk])
        assert looked[broken.pk].checked_at == broken.checked_at < looked[sound.pk].checked_at


class TestWhoMayRead:
    def test_a_members_record_is_told_to_members_only(self, achievement, publish, saved, enterprise_lead, stranger):
        searches = [saved(enterprise_lead), saved(stranger)]
        publish(achievement(title="会员可见", visibility="members"))
        assert [tell_news(search_id=one.pk) for one in searches] == [1, 0]

    def test_rights_count_when_it_is_told(self, achievement, publish, saved, enterprise_lead, secretary):
        search = saved(enterprise_lead)
        publish(achievement(title="会员可见", visibility="members"))
        end_membership(by=secretary, membership=enterprise_lead.memberships.get())
        assert tell_news(search_id=search.pk) == 0

    def test_the_mail_names_only_what_everybody_may_read(self, achievement, publish, saved, enterprise_lead):
        search = saved(enterprise_lead)
        secret = publish(achievement(title="会员可见标题", visibility="members"))
        publish(achievement(title="公开标题"))
        tell_news(search_id=search.pk)
        run_due_jobs()
        [letter] = mail.outbox
        assert "公开标题" in letter.body
        assert "会员可见标题" not in letter.body + letter.subject
        assert secret.public_no in letter.body

    def test_words_of_a_closed_body_find_nothing_for_outsiders(self, need, publish, saved, stranger, researcher):
        searches = [saved(stranger, "q=独门工艺", pool="need"), saved(researcher, "q=独门工艺", pool="need")]
        publish(need(problem="独门工艺", visibility="hidden_owner"), "need")
        assert [tell_news(search_id=one.pk) for one in searches] == [0, 1]

    def test_nor_the_name_of_a_hidden_owner(self, need, publish, saved, researcher, enterprise):
        searches = [saved(researcher, f"q={text}", pool="need") for text in (enterprise.name, f"“{enterprise.name}”")]
        publish(need(visibility="hidden_owner"), "need")
        assert [tell_news(search_id=one.pk) for one in searches] == [0, 0]

    def test_who_left_is_not_written_to(self, achievement, publish, saved, enterprise_lead):
        search = saved(enterprise_lead)
        publish(achievement(title="甲"))
        type(enterprise_lead).objects.filter(pk=enterprise_lead.pk).update(is_active=False)
        assert tell_news(search_id=search.pk) == 0

    def test_told_records_are_shown_as_far_as_they_are_still_open(
        self, achievement, publish, saved, login, enterprise_lead
    ):
        search = saved(enterprise_lead)
        one = publish(achievement(title="先公开后收回"))
        tell_news(search_id=search.pk)
        url = reverse("finding:saved_search_detail", args=[search.uuid])
        assert "先公开后收回" in login(enterprise_lead).get(url).content.decode()
        type(one).objects.filter(pk=one.pk).update(state="withdrawn")
        assert "先公开后收回" not in login(enterprise_lead).get(url).content.decode()


class TestStopping:
    def test_the_link_of_the_mail_stops_this_search_only(self, achievement, publish, saved, enterprise_lead, client):
        search, other = saved(enterprise_lead, "q=甲"), saved(enterprise_lead, "q=乙")
        publish(achievement(title="甲"))
        tell_news(search_id=search.pk)
        run_due_jobs()
        url = next(word for word in mail.outbox[0].body.split() if "/stop/" in word)
        page = client.get(url)
        assert (page.status_code, SavedSearch.objects.get(pk=search.pk).frequency) == (
            200,
            "daily",
        )  # looking is not doing
        assert search.name not in page.content.decode()
        assert client.post(url).status_code == 200
        kept = dict(SavedSearch.objects.values_list("pk", "frequency"))
        assert kept == {search.pk: "never", other.pk: "daily"}

    @pytest.mark.parametrize(
        "forge", [lambda token: token[:-2] + "xx", lambda token: "x", lambda token: token.split(":")[0]]
    )
    def test_a_forged_link_finds_nothing(self, saved, enterprise_lead, client, forge):
        url = reverse("finding:stop", args=[forge(stop_token(saved(enterprise_lead)))])
        assert client.post(url).status_code == 404
        assert SavedSearch.objects.get().frequency == "daily"


class TestKeeping:
    def test_the_address_is_kept_tidy(self):
        assert tidy_query("page=3&q=&pool=need&tech_field=08&q=a&tech_field=01") == "q=a&tech_field=01&tech_field=08"

    def test_the_same_search_is_kept_once(self, saved, enterprise_lead, researcher):
        saved(enterprise_lead, "q=a&region=32")
        with pytest.raises(SearchRefused), transaction.atomic():
            saved(enterprise_lead, "region=32&q=a&page=2")
        saved(researcher, "q=a&region=32")
        saved(enterprise_lead, "q=a&region=32", pool="need")

    def test_there_is_an_end(self, saved, enterprise_lead, monkeypatch):
        monkeypatch.setattr(services, "MOST_SEARCHES", 1)
        saved(enterprise_lead, "q=a")
        with pytest.raises(SearchRefused):
            saved(enterprise_lead, "q=b")

    def test_from_the_list_to_the_list(self, login, enterprise_lead, achievement):
        achievement(title="涡流检测")
        client = login(enterprise_lead)
        page = client.get(reverse("catalog:achievement_list"), {"q": "涡流检测", "tech_field": "08"}).content.decode()
        assert "/saved-searches/new/?pool=achievement&amp;q=" in page
        url = reverse("finding:saved_search_create") + "?pool=achievement&q=涡流检测&tech_field=08&page=2"
        assert client.get(url).context["form"]["name"].value() == "涡流检测、先进制造与自动化"
        made = client.post(url, {"name": "涡流", "frequency": "weekly"})
        search = SavedSearch.objects.get()
        assert made["Location"] == reverse("finding:saved_search_detail", args=[search.uuid])
        assert "涡流检测" in client.get(made["Location"]).context["kept"].chips[0]
        listed = client.get(client.get(made["Location"]).context["kept"].url)
        assert listed.context["page"].paginator.count == 1
        assert "涡流" in client.get(reverse("finding:saved_search_list")).content.decode()

    def test_change_and_delete(self, login, enterprise_lead, saved):
        search = saved(enterprise_lead, "q=a")
        client = login(enterprise_lead)
        assert (
            client.post(
                reverse("finding:saved_search_edit", args=[search.uuid]), {"name": "", "frequency": "daily"}
            ).status_code
            == 422
        )
        client.post(reverse("finding:saved_search_edit", args=[search.uuid]), {"name": "新名", "frequency": "never"})
        search.refresh_from_db()
        assert (search.name, search.frequency) == ("新名", "never")
        client.post(reverse("finding:saved_search_delete", args=[search.uuid]))
        assert not SavedSearch.objects.exists()

    def test_nobody_else_s(self, login, researcher, enterprise_lead, saved):
        search = saved(enterprise_lead, "q=a")
        client = login(researcher)
        for name, method in (("detail", "get"), ("edit", "get"), ("edit", "post"), ("delete", "post")):
            assert (
                getattr(client, method)(reverse(f"finding:saved_search_{name}", args=[search.uuid])).status_code == 404
            )
        assert search.name not in client.get(reverse("finding:saved_search_list")).content.decode()

    def test_an_unknown_pool_is_no_page(self, login, enterprise_lead):
        assert login(enterprise_lead).get(reverse("finding:saved_search_create"), {"pool": "x"}).status_code == 404

    def test_the_list_takes_the_same_queries(self, login, enterprise_lead, saved, django_assert_max_num_queries):
        for number in range(12):
            saved(enterprise_lead, f"q={number}", pool=("achievement", "need", "expert")[number % 3])
        client = login(enterprise_lead)
        client.get(reverse("finding:saved_search_list"))
        with django_assert_max_num_queries(8):
            client.get(reverse("finding:saved_search_list"))


def test_a_hit_is_unique(saved, enterprise_lead):
    search = saved(enterprise_lead)
    SavedSearchHit.objects.create(search=search, object_id=search.uuid)
    with pytest.raises(Exception, match="saved_search_hit_once"), transaction.atomic():
        SavedSearchHit.objects.create(search=search, object_id=search.uuid)
