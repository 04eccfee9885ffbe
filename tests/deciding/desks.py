"""Every decision that two people can take at the same moment: the record, the two clients, what each of them sends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from catalog import services as achievements
from catalog.services import REVISING
from matchmaking.accounts.enums import OrganisationKind, OrganisationState, Role
from matchmaking.intake.services.appeals import open_appeal
from matchmaking.intake.services.changes import open_change
from matchmaking.matching.models import Dispute
from matchmaking.matching.services.review import release_match
from needs import services as needs
from needs.models import TechNeed
from tests.factories.accounts import OrganisationFactory, member, region
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.matching import MatchFactory
from tests.factories.needs import make_need
from tests.factories.talent import make_post
from tests.factories.teams import make_team

SENT_BACK = {"decision": "return", "reasons": ["incomplete"], "reason": "请补充。"}
REJECTED = {"decision": "reject", "reasons": ["incomplete"], "reason": "不符合。"}
PASSED = {"decision": "pass"}


@dataclass(frozen=True)
class Act:
    """What one of the two does: who, where, and what he sends beside the version he has read."""

    who: str
    url: str
    sends: dict[str, Any]


@dataclass(frozen=True)
class Race:
    """A record that waits, and the acts of two people on it. `kind` is its word in the history."""

    kind: str
    record: Any
    acts: tuple[Act, Act]


class Office:
    """Two people at every desk, made once; each method gives a record that waits at that desk."""

    def __init__(self) -> None:
        place = region("32")

        def sits(name: str, kind: str, role: str, **house: Any) -> Any:
            made = OrganisationFactory(name=f"测试{name}", kind=kind, region=house.pop("region", place), **house)
            return made, member(made, role, username=f"race_{name}", full_name=f"经办人{name}")

        self.people: dict[str, Any] = {}
        self.park, self.people["park"] = sits("园区", OrganisationKind.PARK_HITECH, Role.PARK_ADMIN)
        self.people["park2"] = member(self.park, Role.PARK_ADMIN, username="race_park2", full_name="经办人园区二")
        self.university, self.people["transfer"] = sits("大学", OrganisationKind.UNIVERSITY, Role.UNIVERSITY_OFFICER)
        self.tenant, self.people["tenant"] = sits(
            "租户", OrganisationKind.ENTERPRISE, Role.ENTERPRISE_OWNER, park=self.park
        )
        self.enterprise, self.people["owner"] = sits("企业", OrganisationKind.ENTERPRISE, Role.ENTERPRISE_OWNER)
        self.people["editor"] = member(
            self.enterprise, Role.ENTERPRISE_EDITOR, username="race_editor", full_name="经办人企业二"
        )
        for name, kind in (("工信", "dept_miit"), ("教育", "dept_edu"), ("科技", "dept_sti")):
            self.people[kind] = sits(name, kind, Role.REGIONAL_OFFICER)[1]
        office, self.people["secretary"] = sits("秘书处", OrganisationKind.OPERATOR, Role.SECRETARY, region=None)
        self.people["secretary2"] = member(office, Role.SECRETARY, username="race_secretary2", full_name="经办人秘书二")

    def _desk(self, kind: str, record: Any, url: str, who: tuple[str, str], *sends: dict[str, Any]) -> Race:
        version = {"version": record.version}
        first, second = sends
        address = url if url.startswith("/") else reverse(url, args=[record.uuid])
        return Race(kind, record, (Act(who[0], address, first | version), Act(who[1], address, second | version)))

    def achievement(self) -> Race:
        record = complete(
            AchievementFactory(state="submitted", body__owner=self.university, body__created_by=self.people["transfer"])
        )
        return self._desk(
            "achievement", record, "catalog:achievement_decide", ("dept_edu", "dept_sti"), PASSED, REJECTED
        )

    def need_at_the_park(self) -> Race:
        record = make_need(self.tenant, self.people["tenant"], state="submitted")
        return self._desk("need", record, "needs:need_decide", ("park", "park2"), PASSED, SENT_BACK)

    def need_at_the_region(self) -> Race:
        record = make_need(self.enterprise, self.people["owner"], state="submitted")
        return self._desk("need", record, "needs:need_decide", ("dept_miit", "secretary"), PASSED, REJECTED)

    def need_and_its_owner(self) -> Race:
        """The officer returns what the enterprise withdraws at the same moment."""
        record = make_need(self.enterprise, self.people["owner"], state="draft")
        record = needs.submit_need(by=self.people["owner"], need=record)
        race = self._desk("need", record, "needs:need_decide", ("dept_miit", "owner"), SENT_BACK, {"reason": "已解决"})
        back = Act("owner", reverse("needs:need_withdraw", args=[record.uuid]), race.acts[1].sends)
        return Race("need", record, (race.acts[0], back))

    def talent_post(self) -> Race:
        record = make_post(self.enterprise, self.people["owner"], state="submitted")
        return self._desk(
            "talent_post", record, "talent:talent_post_decide", ("dept_edu", "secretary"), PASSED, SENT_BACK
        )

    def expert(self) -> Race:
        record = make_expert(self.university, self.people["transfer"], state="unit_agreed")
        return self._desk("expert", record, "experts:expert_decide", ("dept_edu", "secretary"), PASSED, REJECTED)

    def team(self) -> Race:
        lead, other = (make_expert(self.university, self.people["transfer"]) for _one in range(2))
        record = make_team(lead, self.people["transfer"], members=[other], state="submitted")
        return self._desk("team", record, "teams:team_decide", ("dept_edu", "secretary"), PASSED, SENT_BACK)

    def match(self) -> Race:
        record = MatchFactory(need=make_need(self.enterprise, self.people["owner"]))
        release, drop = (reverse(f"matching:match_{act}", args=[record.uuid]) for act in ("release", "drop"))
        return Race("match", record, (Act("dept_miit", release, {}), Act("dept_sti", drop, {"drop-reason": "price"})))

    def match_answer(self) -> Race:
        """Two people of the enterprise answer for it: one says yes, the other no."""
        record = MatchFactory(need=make_need(self.enterprise, self.people["owner"]))
        release_match(by=self.people["secretary"], match=record)
        url = reverse("matching:match_answer", args=[record.uuid])
        return Race(
            "match",
            record,
            (
                Act("owner", url, {"answer-answer": "interested"}),
                Act("editor", url, {"answer-answer": "no", "answer-reason": "price"}),
            ),
        )

    def match_step(self) -> Race:
        """Two people of the enterprise open the same step of the ladder."""
        need = make_need(self.enterprise, self.people["owner"], visibility="invited")
        record = release_match(by=self.people["secretary"], match=MatchFactory(need=need), though_closed=True)
        url = reverse("matching:match_step", args=[record.uuid, "problem"])
        return Race("match", record, (Act("owner", url, {}), Act("editor", url, {})))

    def organisation(self) -> Race:
        record = OrganisationFactory(state=OrganisationState.APPLIED)
        return self._desk(
            "organisation",
            record,
            "accounts:organisation_verify",
            ("dept_miit", "dept_edu"),
            PASSED,
            {"decision": "return", "reason": "请补充材料。"},
        )

    def appeal(self) -> Race:
        made = complete(
            AchievementFactory(state="submitted", body__owner=self.university, body__created_by=self.people["transfer"])
        )
        achievements.reject_achievement(by=self.people["dept_edu"], achievement=made, version=1, reason="重复")
        made.refresh_from_db()
        REVISING.appeal(self.people["transfer"], made, version=made.version, text="有误。")
        made.refresh_from_db()
        assert open_appeal(made, "achievement") is not None
        url = reverse("review:appeal_decide", args=["achievement", made.uuid])
        return self._desk(
            "achievement",
            made,
            url,
            ("secretary", "secretary2"),
            {"decision": "uphold", "reason": "成立"},
            {"decision": "dismiss", "reason": "不成立"},
        )

    def change(self) -> Race:
        need = make_need(self.enterprise, self.people["owner"])
        needs.revise_need(by=self.people["owner"], need=need, version=need.version, data={"problem": "新的问题描述。"})
        need = TechNeed.objects.get(pk=need.pk)
        waiting = open_change(need, "need")
        said = {"change": str(waiting.uuid)}
        url = reverse("review:change", args=["need", need.uuid])
        return self._desk("need", need, url, ("dept_miit", "secretary"), PASSED | said, SENT_BACK | said)

    def dispute(self) -> Race:
        match = self.match_answer().record
        found = Dispute.objects.create(
            match=match,
            signal="text",
            by=self.people["owner"],
            disputed_as="enterprise",
            organisation=self.enterprise,
            fault="not_true",
            reason=match.reasons[0],
        )
        url = reverse("matching:dispute_decide", args=[found.uuid])
        race = self._desk("match", found, url, ("dept_miit", "secretary"), {"state": "noted"}, {"state": "accepted"})
        return Race("match", found, race.acts)


DESKS: tuple[Callable[[Office], Race], ...] = (
    Office.achievement,
    Office.need_at_the_park,
    Office.need_at_the_region,
    Office.need_and_its_owner,
    Office.talent_post,
    Office.expert,
    Office.team,
    Office.match,
    Office.match_answer,
    Office.match_step,
    Office.organisation,
    Office.appeal,
    Office.change,
    Office.dispute,
)
