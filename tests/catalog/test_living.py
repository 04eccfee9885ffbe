"""Living listings: confirmations asked for and given, signals of health, the table of freshness."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog import freshness, services
from catalog.enums import AchievementState as S
from catalog.health import Health, signals
from catalog.models import Achievement, AchievementBody
from experts.models import Expert
from matchmaking.accounts.models import Membership
from matchmaking.activity.models import Entry
from matchmaking.jobs.models import Job
from matchmaking.notifications.models import Notification, OutboxMail
from needs.models import TechNeed
from tests.factories.accounts import OrganisationFactory
from tests.factories.catalog import AchievementFactory, IndicatorFactory, IPItemFactory, complete
from tests.factories.experts import make_expert
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
TABLE, MANY = reverse("catalog:freshness"), reverse("catalog:achievement_confirm_many")


def ago(days):
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def make(university, researcher, university_officer):
    def made(state=S.ACCEPTED, confirmed=10, **fields):
        fields.setdefault("body__owner", university)
        return complete(
            AchievementFactory(state=state, confirmed_at=ago(confirmed), body__created_by=researcher, **fields)
        )

    return made


def told(user, kind):
    return Notification.objects.filter(recipient=user, kind=kind)


def boxes(*records):
    return {"record": [f"{one.uuid}:{one.version}" for one in records]}


def healthy(record):
    return freshness.with_health(Achievement.objects.filter(pk=record.pk)).get()


class TestReminders:
    def test_one_message_for_all_records_thirty_days_before(self, make, researcher, university_officer):
        make(confirmed=340), make(confirmed=360), make(confirmed=334)

        assert services.remind_to_confirm() == 2
        assert services.remind_to_confirm() == 0

        for person in (researcher, university_officer):
            assert told(person, "achievements_due").get().params == {"count": 2}
        assert OutboxMail.objects.filter(body__contains="/achievements/confirm/").count() == 2
        assert Entry.objects.filter(verb="achievement.confirmation_asked").count() == 2

    def test_the_next_year_asks_again(self, make):
        record = make(confirmed=340)
        services.remind_to_confirm()
        Achievement.objects.filter(pk=record.pk).update(confirmed_at=timezone.now() + timedelta(seconds=1))
        later = timezone.now() + timedelta(days=340)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timezone, "now", lambda: later)
            assert services.remind_to_confirm() == 1

    def test_who_cannot_confirm_is_not_asked(self, make, researcher):
        make(confirmed=340)
        Membership.objects.filter(user=researcher).update(ended_at=timezone.now())
        services.remind_to_confirm()
        assert not told(researcher, "achievements_due").exists()

    def test_going_stale_is_told_once_a_day_and_leaves_matching(self, make, researcher):
        record, other = make(confirmed=366), make(confirmed=367)
        assert services.mark_stale_achievements() == 2
        assert told(researcher, "achievements_stale").get().params == {"count": 2}
        assert not Achievement.objects.matched().filter(pk__in=[record.pk, other.pk]).exists()
        assert Job.objects.filter(kind="close_matches").count() == 2

    def test_a_confirmation_brings_it_back_into_matching(self, make, researcher):
        record = make(state=S.STALE, confirmed=400)
        services.confirm_achievement(by=researcher, achievement=record, version=record.version)
        assert Achievement.objects.matched().filter(pk=record.pk).exists()
        assert Job.objects.filter(kind="match_record", args__id=record.pk).exists()
        assert services.mark_stale_achievements() == 0


class TestTheLinkOfTheMail:
    @pytest.fixture
    def link(self, researcher):
        return services.confirm_link(researcher, timezone.localdate() + timedelta(days=30))

    def test_opening_it_confirms_nothing_and_the_button_confirms(self, make, login, researcher, link):
        due, stale, fresh = make(confirmed=340), make(state=S.STALE, confirmed=400), make(confirmed=20)
        client = login(researcher)

        page = client.get(link)
        assert list(page.context["page"]) == [stale, due]
        assert not Entry.objects.filter(verb="achievement.confirmed").exists()

        client.post(link, boxes(due, stale))
        assert Achievement.objects.filter(state=S.ACCEPTED, confirmed_at__gt=ago(1)).count() == 2
        fresh.refresh_from_db()
        assert fresh.confirmed_at < ago(19)
        assert list(client.get(link).context["page"]) == []

    def test_it_wants_its_reader_signed_in(self, make, login, researcher, university_officer, link):
        record = make(confirmed=340)
        assert "/accounts/login/" in login(None).post(link, boxes(record))["Location"]
        other = login(university_officer).post(link, boxes(record))
        assert other["Location"].startswith(reverse("catalog:achievement_mine"))
        assert not Entry.objects.filter(verb="achievement.confirmed").exists()

    def test_a_changed_or_old_link_is_refused(self, link, researcher, monkeypatch):
        token = link.rstrip("/").rpartition("/")[2]
        assert services.read_confirm_link(token, researcher) == timezone.localdate() + timedelta(days=30)
        assert services.read_confirm_link(token[:-1] + ("a" if token[-1] != "a" else "b"), researcher) is None
        import time

        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + services.asking.LINK_LIVES + 1)
        assert services.read_confirm_link(token, researcher) is None


class TestManyFromTheList:
    def test_the_ticked_ones_and_no_others(self, make, login, university_officer, other_university):
        mine, unticked, changed = make(confirmed=340), make(confirmed=340), make(confirmed=340)
        foreign = make(confirmed=340, body__owner=other_university)
        ticked = boxes(mine, changed, foreign)
        Achievement.objects.filter(pk=changed.pk).update(version=7)

        login(university_officer).post(MANY, ticked)

        confirmed = set(Entry.objects.filter(verb="achievement.confirmed").values_list("object_id", flat=True))
        assert confirmed == {mine.uuid}
        assert unticked.uuid not in confirmed

    def test_the_list_shows_health_and_a_box_in_a_fixed_number_of_queries(
        self, make, login, university_officer, django_assert_max_num_queries
    ):
        record = make(confirmed=300)
        client = login(university_officer)
        url = reverse("catalog:achievement_mine") + "?group=pool"
        client.get(url)
        with django_assert_max_num_queries(40) as few:
            page = client.get(url).content.decode()
        assert f'value="{record.uuid}:{record.version}"' in page
        for _n in range(4):
            make(confirmed=300)
        with django_assert_max_num_queries(len(few)):
            client.get(url)


CASES = {
    "health_left": lambda record: Membership.objects.filter(organisation=record.body.owner).update(
        ended_at=timezone.now()
    ),
    "health_stale": lambda record: Achievement.objects.filter(pk=record.pk).update(state=S.STALE),
    "health_right_over": lambda record: IPItemFactory(achievement=record, status="lapsed", expires_on="2026-02-01"),
    "health_right_soon": lambda record: IPItemFactory(
        achievement=record, expires_on=timezone.localdate() + timedelta(days=100)
    ),
    "health_unconfirmed": lambda record: Achievement.objects.filter(pk=record.pk).update(confirmed_at=ago(280)),
    "health_no_contact": lambda record: AchievementBody.objects.filter(pk=record.pk).update(contact=None),
    "health_no_indicator": lambda record: record.indicators.all().delete(),
    "health_level_old": lambda record: Achievement.objects.filter(pk=record.pk).update(created_at=ago(740)),
}


class TestHealth:
    def test_nothing_speaks_against_a_cared_for_record(self, make):
        record = make()
        assert Health.of(healthy(record)) == Health([], 100)
        assert not freshness.warned(Achievement.objects.all()).exists()

    @pytest.mark.parametrize("code", CASES)
    def test_each_signal_is_seen_on_the_page_and_in_the_figure(self, make, code):
        record = make()
        CASES[code](record)
        found = signals(healthy(record))
        assert [one.code for one in found] == [code]
        assert found[0].what
        assert found[0].to_do
        assert Health.of(healthy(record)).score == 100 - found[0].weight
        assert list(freshness.warned(Achievement.objects.all())) == [record]

    def test_what_is_just_within_the_limit_is_no_signal(self, make):
        record = make(confirmed=270)
        IPItemFactory(achievement=record, expires_on=timezone.localdate() + timedelta(days=190))
        Achievement.objects.filter(pk=record.pk).update(created_at=ago(720))
        assert signals(healthy(record)) == []

    def test_a_right_that_is_over_does_not_also_end_soon(self, make):
        record = make()
        IPItemFactory(achievement=record, status="lapsed", expires_on=timezone.localdate() + timedelta(days=100))
        assert [one.code for one in signals(healthy(record))] == ["health_right_over"]

    def test_signals_carry_their_day(self, make):
        record = make()
        CASES["health_right_over"](record)
        assert signals(healthy(record))[0].day == date(2026, 2, 1)

    def test_an_edit_says_that_the_level_was_looked_at(self, make, researcher):
        from matchmaking.activity.services import record as write

        record = make()
        CASES["health_level_old"](record)
        write(by=researcher, verb="achievement.edited", about=record, kind="achievement")
        assert signals(healthy(record)) == []

    def test_a_text_is_no_figure(self, make):
        record = make()
        record.indicators.all().delete()
        IndicatorFactory(achievement=record, operator="text", value=None, text="良好")
        assert [one.code for one in signals(healthy(record))] == ["health_no_indicator"]

    def test_the_score_ends_at_zero(self, make):
        record = make()
        for change in CASES.values():
            change(record)
        assert Health.of(healthy(record)).score == 0

    @pytest.mark.parametrize(
        ("who", "seen"),
        [("researcher", True), ("university_officer", True), ("regional_officer_edu", True), ("secretary", True),
         ("enterprise_lead", False), ("other_university_officer", False), (None, False)],
    )  # fmt: skip
    def test_owner_side_and_officers_see_it_others_do_not(self, make, login, who, seen, request):
        record = make()
        CASES["health_no_indicator"](record)
        client = login(request.getfixturevalue(who) if who else None)
        assert ('id="health"' in client.get(record.get_absolute_url()).content.decode()) is seen


def lines(response):
    return {
        line["name"]: {cell["figure"].code: cell["count"] for cell in line["figures"]}
        for line in response.context["lines"]
    }


class TestTheTable:
    @pytest.fixture
    def pool(self, make, university, other_university):
        from tests.factories.accounts import region

        make(), make(confirmed=340), make(state=S.STALE, confirmed=400), make(state=S.DRAFT)
        make(body__owner=other_university, region=region("37"))

    def test_a_unit_sees_its_own(self, pool, login, university_officer, university):
        found = lines(login(university_officer).get(TABLE + "?kind=achievement"))
        assert found == {university.name: {"pool": 3, "fresh": 2, "due": 1, "stale": 1, "warned": 2}}

    def test_an_officer_sees_his_region_the_secretary_all(
        self, pool, login, regional_officer_edu, secretary, university, other_university
    ):
        assert set(lines(login(regional_officer_edu).get(TABLE + "?kind=achievement"))) == {university.name}
        both = {university.name, other_university.name}
        assert set(lines(login(secretary).get(TABLE + "?kind=achievement"))) == both

    def test_the_nation_is_shown_by_region_without_owners(self, pool, login, national_officer, university):
        client = login(national_officer)
        page = client.get(TABLE + "?kind=achievement")
        assert sorted(line["pool"] for line in lines(page).values()) == [1, 3]
        rows = client.get(reverse("catalog:freshness_rows", args=["achievement", "pool"]) + "?of=32")
        assert len(rows.context["rows"]) == 3
        assert university.name not in rows.content.decode()

    @pytest.mark.parametrize("who", ["university_officer", "secretary", "national_officer"])
    def test_every_figure_opens_exactly_its_rows(self, pool, login, who, request):
        client = login(request.getfixturevalue(who))
        checked = 0
        for line in client.get(TABLE + "?kind=achievement").context["lines"]:
            for cell in line["figures"]:
                url = reverse("catalog:freshness_rows", args=["achievement", cell["figure"].code])
                assert len(client.get(f"{url}?of={line['key']}").context["rows"]) == cell["count"]
                checked += cell["count"]
        assert checked

    def test_who_has_no_such_records_gets_no_page(self, pool, login, broker, researcher, university_officer,
                                                  other_university):  # fmt: skip
        assert login(broker).get(TABLE).status_code == 403
        assert login(researcher).get(TABLE).status_code == 403
        url = reverse("catalog:freshness_rows", args=["achievement", "pool"])
        for of in (str(other_university.uuid), "x", ""):
            assert login(university_officer).get(url, {"of": of}).status_code == 404

    def test_needs_and_experts_stand_in_it_by_their_day(
        self,
        login,
        secretary,
        enterprise,
        enterprise_lead,
        other_enterprise,
        other_enterprise_lead,
        park_admin,
        university,
        university_officer,
    ):
        today = timezone.localdate()
        make_need(enterprise, enterprise_lead, open_until=today + timedelta(days=9))
        make_need(enterprise, enterprise_lead, open_until=today + timedelta(days=90))
        gone = make_need(enterprise, enterprise_lead, open_until=today - timedelta(days=9))
        TechNeed.objects.filter(pk=gone.pk).update(state="expired")
        soon = today + timedelta(days=9)
        make_expert(university, university_officer, term_from=today - timedelta(days=9), term_to=soon)
        assert Expert.objects.filter(state="in_pool").exists()

        client = login(secretary)
        assert lines(client.get(TABLE + "?kind=need")) == {enterprise.name: {"pool": 2, "due": 1, "ended": 1}}
        assert lines(client.get(TABLE + "?kind=expert")) == {university.name: {"pool": 1, "due": 1, "ended": 0}}
        make_need(other_enterprise, other_enterprise_lead, open_until=soon)  # a tenant of no park
        for who in (enterprise_lead, park_admin):
            assert lines(login(who).get(TABLE)) == {enterprise.name: {"pool": 2, "due": 1, "ended": 1}}

    def test_ten_organisations_cost_as_many_queries_as_one(self, pool, make, login, secretary,
                                                           django_assert_num_queries):  # fmt: skip
        client = login(secretary)
        client.get(TABLE)
        with CaptureQueriesContext(connection) as few:
            client.get(TABLE)
        for _n in range(6):
            make(body__owner=OrganisationFactory(kind="university"))
        with django_assert_num_queries(len(few)):
            client.get(TABLE)
