"""The world of the matrix: everybody who may come, and one object of every kind in every situation.

All objects belong to 甲 (university, enterprise, park, Jiangsu); whoever is called `other_…` works for 乙 in Shandong,
so that own and foreign are two people before the same object.
"""

import uuid
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from catalog.models import DuplicatePair
from experts.models import ExpertBody, ExpertPair, Removal
from matchmaking.accounts.enums import OrganisationKind, OrganisationState, Role
from matchmaking.accounts.invitations.models import Invitation, token_hash
from matchmaking.accounts.mandates.models import Mandate
from matchmaking.accounts.models import Consent, Correction, Membership, PersonalExport, User
from matchmaking.accounts.outreach.models import InvitationList, ListedEnterprise
from matchmaking.accounts.roster.models import RosterEntry
from matchmaking.finding.models import SavedSearch
from matchmaking.intake.models import Attachment, FormDraft, ImportBatch, ImportRow, StoredFile
from matchmaking.jobs.models import Job
from matchmaking.matching.enums import LADDER, Side
from matchmaking.matching.models import (
    AssignmentPlan,
    Candidate,
    Disclosure,
    Dispute,
    MatchRun,
    NdaAcceptance,
    Question,
)
from matchmaking.matching.sealed import code_of
from matchmaking.notifications.models import Notification, OutboxMail
from matchmaking.vocabularies.models import Code
from needs.models import NeedPair
from tests.factories.accounts import OrganisationFactory, UserFactory, member, region, valid_uscc
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.experts import make_expert
from tests.factories.files import attach
from tests.factories.matching import MatchFactory, write_down
from tests.factories.needs import make_need
from tests.factories.programmes import programme
from tests.factories.talent import make_post
from tests.factories.teams import make_team

K = OrganisationKind
MISSING = uuid.UUID(int=7)
PEOPLE = (
    "anonymous", "stranger", "university_officer", "other_university_officer", "researcher", "colleague",
    "other_researcher", "expert_user", "other_expert", "student", "enterprise_lead", "enterprise_editor",
    "enterprise_reader", "other_enterprise_lead", "guest_lead", "park_admin", "other_park_admin", "broker", "mandated",
    "investor", "national_officer", "support_officer", "secretary", "system_admin", "security_admin", "audit_admin",
    "deactivated", "miit", "other_miit", "edu", "other_edu", "sti", "other_sti", "ip", "other_ip", "parks",
    "other_parks",
)  # fmt: skip
# Situation → (state, visibility) of each kind that passes through review. "waiting" is before the first decision.
RECORDS = {
    "achievement": {
        "draft": "draft",
        "unit": "unit_review",
        "waiting": "submitted",
        "rejected": "rejected",
        "suspended": "suspended",
        "withdrawn": "withdrawn",
        "closed": "archived",
    },
    "need": {
        "draft": "draft",
        "waiting": "submitted",
        "checked": "checked",
        "rejected": "rejected",
        "withdrawn": "withdrawn",
        "closed": "closed_unsolved",
    },
    "post": {"draft": "draft", "waiting": "submitted", "withdrawn": "withdrawn", "closed": "expired"},
    "expert": {
        "draft": "nominated",
        "consented": "consented",
        "waiting": "unit_agreed",
        "withdrawn": "left",
        "closed": "suspended",
    },
    "team": {"draft": "draft", "waiting": "submitted", "withdrawn": "left", "closed": "refused"},
}
POOL_STATE = {"achievement": "accepted", "need": "published", "post": "published", "expert": "in_pool",
              "team": "in_pool"}  # fmt: skip
POOL = {"pool": "public", "members": "members", "invited": "invited", "hidden": "hidden_owner"}
SITUATIONS = ("draft", "waiting", "pool", "members", "invited", "hidden", "withdrawn", "closed")
# Experts stand there with their name, and a team shows its lead.
UNHIDDEN = ("expert", "team")
KIND_WORD = {"post": "talent_post"}


class World:
    """`people`: name → User (None: nobody is signed in). `objects`: kind → situation → the values of a route."""

    def __init__(self) -> None:
        self.people: dict[str, Any] = {}
        self.objects: dict[str, dict[str, dict[str, Any]]] = {}
        self.rows: dict[tuple[str, str], Any] = {}
        self._organisations()
        self._people()
        self._records()
        self._beside_records()
        self._matching()
        self._own_things()
        self._organisation_objects()
        self._between_organisations()
        self._ladder()
        self._personal_things()
        self._removals()
        self._rosters()

    def put(self, kind: str, situation: str, row: Any, /, **values: Any) -> None:
        """Keep an object; `values` fill a route, its uuid if nothing else is said."""
        self.objects.setdefault(kind, {})[situation] = values or {"uuid": row.uuid}
        self.rows[kind, situation] = row

    def client(self, name: str) -> Client:
        """A browser in which this person is signed in."""
        client = Client()
        if person := self.people[name]:
            client.force_login(person)
        if name == "deactivated":
            User.objects.filter(pk=person.pk).update(is_active=False)
        return client

    def _organisations(self) -> None:
        make = OrganisationFactory
        self.university = make(name="测试大学甲", kind=K.UNIVERSITY)
        self.other_university = make(name="测试大学乙", kind=K.UNIVERSITY, region=region("37"))
        self.park = make(name="测试高新区甲", kind=K.PARK_HITECH)
        self.other_park = make(name="测试高新区乙", kind=K.PARK_HITECH, region=region("37"))
        self.enterprise = make(name="测试企业甲", park=self.park)
        self.other_enterprise = make(name="测试企业乙", region=region("37"), park=self.other_park)
        self.guest_enterprise = make(name="测试受邀企业", region=region("44"))
        self.office = make(name="测试秘书处", kind=K.OPERATOR, region=None)
        self.firm = make(name="测试中介机构", kind=K.BROKER)
        self.mandated_firm = make(name="测试受托机构", kind=K.BROKER)
        self.support = make(name="测试支持单位", kind=K.SUPPORT, region=None)

    def _people(self) -> None:
        make, people = OrganisationFactory, self.people
        people["anonymous"] = None
        people["stranger"] = UserFactory(username="stranger")
        for name, organisation, role in (
            ("university_officer", self.university, Role.UNIVERSITY_OFFICER),
            ("other_university_officer", self.other_university, Role.UNIVERSITY_OFFICER),
            ("researcher", self.university, Role.RESEARCHER),
            ("colleague", self.university, Role.RESEARCHER),
            ("other_researcher", self.other_university, Role.RESEARCHER),
            ("expert_user", self.university, Role.EXPERT),
            ("other_expert", self.other_university, Role.EXPERT),
            ("student", self.university, Role.STUDENT),
            ("enterprise_lead", self.enterprise, Role.ENTERPRISE_OWNER),
            ("enterprise_editor", self.enterprise, Role.ENTERPRISE_EDITOR),
            ("enterprise_reader", self.enterprise, Role.ENTERPRISE_READER),
            ("other_enterprise_lead", self.other_enterprise, Role.ENTERPRISE_OWNER),
            ("guest_lead", self.guest_enterprise, Role.ENTERPRISE_OWNER),
            ("park_admin", self.park, Role.PARK_ADMIN),
            ("other_park_admin", self.other_park, Role.PARK_ADMIN),
            ("broker", self.firm, Role.BROKER),
            ("mandated", self.mandated_firm, Role.BROKER),
            ("investor", make(name="测试基金", kind=K.FUND), Role.INVESTOR),
            ("national_officer", make(name="测试国家部门", kind=K.NATIONAL, region=None), Role.NATIONAL_OFFICER),
            ("support_officer", self.support, Role.SUPPORT_OFFICER),
            ("secretary", self.office, Role.SECRETARY),
            ("system_admin", self.office, Role.SYSTEM_ADMIN),
            ("security_admin", self.office, Role.SECURITY_ADMIN),
            ("audit_admin", self.office, Role.AUDIT_ADMIN),
            ("deactivated", self.enterprise, Role.ENTERPRISE_OWNER),
        ):
            people[name] = member(organisation, role, username=name)
        for track, kind in (("miit", K.DEPT_MIIT), ("edu", K.DEPT_EDU), ("sti", K.DEPT_STI), ("ip", K.DEPT_IP),
                            ("parks", K.DEPT_PARK)):  # fmt: skip
            for place, prefix in (("32", ""), ("37", "other_")):
                office = make(name=f"测试厅局{place}{track}", kind=kind, region=region(place))
                people[f"{prefix}{track}"] = member(office, Role.REGIONAL_OFFICER, username=f"{prefix}{track}")

    def _records(self) -> None:
        for kind, states in RECORDS.items():
            for situation, visibility in (dict.fromkeys(states, "public") | POOL).items():
                if (visibility == "hidden_owner" and kind in UNHIDDEN) or (kind == "team" and situation == "invited"):
                    continue
                state = states.get(situation, POOL_STATE[kind])
                self.put(kind, situation, getattr(self, f"_{kind}")(situation, state, visibility))

    def _achievement(self, situation: str, state: str, visibility: str) -> Any:
        owner, by = self.university, self.people["researcher"]
        made = AchievementFactory(state=state, visibility=visibility, title=f"叶片在线检测技术{situation}",
                                  body__owner=owner, body__created_by=by)  # fmt: skip
        return complete(made)

    def _need(self, situation: str, state: str, visibility: str) -> Any:
        invited = [self.guest_enterprise] if visibility == "invited" else []
        return make_need(self.enterprise, self.people["enterprise_lead"], state=state, title=f"叶片检测{situation}",
                         visibility=visibility, invited=invited)  # fmt: skip

    def _post(self, situation: str, state: str, visibility: str) -> Any:
        invited = [self.guest_enterprise] if visibility == "invited" else []
        return make_post(self.enterprise, self.people["enterprise_lead"], state=state, title=f"科技副总{situation}",
                         visibility=visibility, invited=invited)  # fmt: skip

    def _expert(self, situation: str, state: str, visibility: str) -> Any:
        made = make_expert(self.university, self.people["university_officer"], state=state, visibility=visibility,
                           name=f"专家{situation}", organisation=self.university)  # fmt: skip
        ExpertBody.objects.filter(expert=made).update(user=self.people["expert_user"])
        return made

    def _team(self, situation: str, state: str, visibility: str) -> Any:
        lead = self.rows["expert", "pool"]
        return make_team(lead, self.people["university_officer"], state=state, visibility=visibility,
                         name=f"检测团队{situation}")  # fmt: skip

    def _beside_records(self) -> None:
        """Files, pairs, uploads."""
        achievements = {one: self.rows["achievement", one] for one in SITUATIONS}
        for situation, record in achievements.items():
            stored = self.store_file()
            file = Attachment.objects.create(
                object_kind="achievement", object_id=record.uuid, file=stored, media_type="application/pdf",
                kind="test_report", visibility="public", created_by=self.people["researcher"])  # fmt: skip
            self.put("file", situation, file)
        for kind in RECORDS:
            for situation in self.objects[kind]:
                values = {"kind": KIND_WORD.get(kind, kind), "uuid": self.rows[kind, situation].uuid}
                self.put(f"reviewed_{kind}", situation, self.rows[kind, situation], **values)
        self._pairs()
        batch = ImportBatch.objects.create(kind="achievement", owner=self.university, programme=programme(),
                                           heading={"places": {"title": 1}, "row_no": 1, "units": {}},
                                           file=self.store_file(), state="checked",
                                           created_by=self.people["university_officer"])  # fmt: skip
        row = ImportRow.objects.create(batch=batch, row_no=2, group="new")
        self.put("batch", "own", batch)
        self.put("batch_row", "own", row, uuid=batch.uuid, row_no=2)

    def store_file(self) -> StoredFile:
        """A file that is already in the store."""
        draft = self.rows.get("stored")
        if draft is None:
            record = self.rows["achievement", "draft"]
            draft = attach(record, self.people["researcher"]).file
            self.rows["stored"] = draft
        return StoredFile.objects.create(file=draft.file.name, name="报告.pdf", size=draft.size, sha256=draft.sha256,
                                         owner=self.university, created_by=self.people["researcher"])  # fmt: skip

    def _pairs(self) -> None:
        """Two of the same region, and one whose other half is a hidden owner's or out of the pool."""
        for kind, model, other in (("achievement", DuplicatePair, "hidden"), ("need", NeedPair, "hidden"),
                                   ("expert", ExpertPair, "members")):  # fmt: skip
            one, two = sorted([self.rows[kind, "pool"], self.rows[kind, other]], key=lambda row: row.pk)
            pair = model.objects.create(first=one, second=two, score=80, reasons=["title"])
            self.put(f"{kind}_pair", "found", pair, kind=kind, uuid=pair.uuid)
            self.put(f"{kind}_pair_page", "found", pair, uuid=pair.uuid)

    def _matching(self) -> None:
        need = self.rows["need", "pool"]
        for situation, state, asked in (
            ("proposed", "proposed", "pool"),
            ("released", "released", "members"),
            ("opened", "contact_opened", "invited"),
            ("dropped", "dropped", "hidden"),
            ("disclosed", "released", "invited"),
            ("named", "contact_opened", "invited"),
        ):
            # From here on what answers is closed too: the whole record, then its owner.
            offer = self.rows["achievement", {"disclosed": "invited", "named": "hidden"}.get(situation, "pool")]
            since = {"contact_opened": {"contact_opened_at": timezone.now()}, "dropped": {"drop_reason": "price"}}
            match = MatchFactory(need=self.rows["need", asked], achievement=offer, state=state,
                                 **since.get(state, {}))  # fmt: skip
            self.put("match", situation, match)
            self.put("match_line", situation, match, uuid=match.uuid, signal="text")
        released = self.rows["match", "released"]
        dispute = Dispute.objects.create(
            match=released, signal="text", reason=released.reasons[0], by=self.people["enterprise_lead"],
            disputed_as="enterprise", organisation=self.enterprise, fault="not_true")  # fmt: skip
        self.put("dispute", "open", dispute)
        offer = self.rows["achievement", "pool"]
        run = MatchRun.objects.create(scope="all", requested_by=self.people["secretary"])
        Candidate.objects.create(run=run, need=need, achievement=offer, rank=1, score=0.8, above_floor=True)
        write_down(run)
        AssignmentPlan.objects.create(run=run)
        self.put("run", "done", run)
        self.put("run_target", "done", run, uuid=run.uuid, target=offer.uuid)

    def _ladder(self) -> None:
        """What the two sides of a match have opened, signed and asked; and a need that nobody was shown."""
        match, released = self.rows["match", "disclosed"], timezone.now() - timedelta(hours=1)
        type(match).objects.filter(state__in=["released", "contact_opened"]).update(released_at=released)
        speakers = {Side.ENTERPRISE: self.people["enterprise_lead"], Side.PROVIDER: self.people["researcher"]}
        for side, person in speakers.items():
            for situation, steps in (("disclosed", LADDER[:2]), ("named", LADDER)):
                row = self.rows["match", situation]
                for step in steps:
                    Disclosure.objects.create(match=row, side=side, step=step, opened_by=person)
                NdaAcceptance.objects.create(match=row, side=side, text_version="1", text_hash="0" * 64, by=person)
            asked = Question.objects.create(match=match, side=side, text="何时可以试用？", asked_by=person)
            self.put("question", f"of_{side}", asked, uuid=match.uuid, question=asked.uuid)
        answered = {"answer": "随时。", "answered_by": person, "answered_at": timezone.now()}
        asked = Question.objects.create(match=match, side=Side.ENTERPRISE, text="功耗多少？",
                                        asked_by=speakers[Side.ENTERPRISE], **answered)  # fmt: skip
        self.put("question", "answered", asked, uuid=match.uuid, question=asked.uuid)
        elsewhere = self.rows["match", "released"].uuid  # the question is not one of this match
        self.put("question", "elsewhere", asked, uuid=elsewhere, question=asked.uuid)
        for situation in self.objects["match"]:
            row = self.rows["match", situation]
            self.put("match_step", situation, row, uuid=row.uuid, step=LADDER[1])
        self.put("match_step", "no_step", match, uuid=match.uuid, step="field")
        need, offer = self.rows["need", "invited"], self.rows["achievement", "members"]
        run = MatchRun.objects.create(scope="need", need=need, requested_by=self.people["secretary"],
                                      finished_at=timezone.now())  # fmt: skip
        Candidate.objects.create(run=run, need=need, achievement=offer, rank=1, score=0.8, above_floor=True)
        self.put("sealed", "fits", offer, code=code_of(need, offer))

    def _personal_things(self) -> None:
        """What is kept of the expert for himself: consents, copies, and what he wants corrected."""
        person, expert, today = self.people["expert_user"], self.rows["expert", "pool"], timezone.localdate()
        for situation, withdrawn in (("given", None), ("withdrawn", timezone.now())):
            consent = Consent.objects.create(user=person, person_name="专家", scope="expert_pool,publication",
                                             text_version="2026-1.zh-hans", withdrawn_at=withdrawn)  # fmt: skip
            self.put("consent", situation, consent, pk=consent.pk)
        ExpertBody.objects.filter(expert=expert).update(consent=self.rows["consent", "given"].pk)
        now, gone = timezone.now(), timezone.now() - timedelta(days=1)
        for situation, fields in (
            ("there", {"ready_at": now, "expires_at": now + timedelta(days=7), "data": {"rooms": []}}),
            ("asked", {}),
            ("removed", {"ready_at": gone - timedelta(days=7), "expires_at": gone, "removed_at": gone}),
        ):
            self.put("data_copy", situation, PersonalExport.objects.create(person=person, **fields))
        done = {"state": "done", "answered_by": self.people["university_officer"]}
        for situation, by, record, fields in (
            ("open", person, "pool", {}),
            ("late", person, "members", {"due_on": today - timedelta(days=1)}),
            ("done", person, "invited", done),
            ("managers_own", self.people["university_officer"], "closed", {}),
        ):
            asked = Correction.objects.create(
                person=by, owner=self.university, object_kind="expert", object_id=self.rows["expert", record].uuid,
                request="职务已变更", **{"due_on": today + timedelta(days=20)} | fields)  # fmt: skip
            self.put("correction", situation, asked)
        # Nothing is asked about this one yet.
        self.put("held", "expert", self.rows["expert", "draft"], room="experts", uuid=self.rows["expert", "draft"].uuid)
        self.put("held", "role", self.enterprise, room="roles", uuid=self.enterprise.uuid)

    def _removals(self) -> None:
        """Somebody asks that an expert be no longer listed, and the link that went to the expert."""
        link = {"mailed_at": timezone.now(), "link_digest": token_hash("matrix-removal")}
        asked = Removal.objects.create(expert=self.rows["expert", "pool"], words="请撤下",
                                       due_on=timezone.localdate(), **link)  # fmt: skip
        self.put("removal", "open", asked)
        self.put("removal_link", "open", asked, uuid=asked.expert.uuid, token="matrix-removal")

    def _rosters(self) -> None:
        """Who transfers technology for a university and a firm, houses without a roster, and roles whose year ends."""
        frozen = OrganisationFactory(name="测试冻结大学", kind=K.UNIVERSITY, state=OrganisationState.FROZEN)
        for situation, house in (("university", self.university), ("firm", self.firm), ("frozen", frozen),
                                 ("enterprise", self.enterprise)):  # fmt: skip
            self.put("house", situation, house)
        today = timezone.localdate()
        for situation, house, left in (("university", self.university, None), ("firm", self.firm, None),
                                       ("left", self.university, today)):  # fmt: skip
            entry = RosterEntry.objects.create(organisation=house, name="名册内人员", joined_on=today, left_on=left,
                                               created_by=self.people["university_officer"])  # fmt: skip
            self.put("roster_entry", situation, entry)
        national = self.people["national_officer"].memberships.get().organisation
        for situation, house, role in (("editor", self.enterprise, Role.ENTERPRISE_EDITOR),
                                       ("managing", self.enterprise, Role.ENTERPRISE_OWNER),
                                       ("national", national, Role.NATIONAL_OFFICER)):  # fmt: skip
            held = member(house, role, username=f"due_{situation}").memberships.get()
            held.confirmed_at = timezone.now() - timedelta(days=350)
            held.save(update_fields=["confirmed_at"])
            self.put("due_role", situation, held, pk=held.pk)

    def _own_things(self) -> None:
        """What belongs to one person: the head of the enterprise, everywhere."""
        person = self.people["enterprise_lead"]
        job = Job.objects.create(kind="matrix.nothing", requested_by=person)
        self.put("job", "own", job)
        note = Notification.objects.create(recipient=person, kind="need_published", dedupe_key="matrix", url="/")
        self.put("notification", "own", note)
        search = SavedSearch.objects.create(user=person, pool="need", name="检测", query="q=检测")
        self.put("saved_search", "own", search)
        draft = FormDraft.objects.create(user=person, key="need:new", fields=[["title", "未保存"]])
        self.put("form_draft", "own", draft)
        token = AuthToken.objects.create(user=person)[0]
        self.put("token", "own", token, key=token.token_key)
        session = UserSession.objects.create(user=person, ip="192.0.2.1", session_key="m" * 32, user_agent="x")
        self.put("session", "own", session, pk=session.pk)
        Session.objects.create(session_key=session.session_key, expire_date=timezone.now() + timedelta(hours=1))
        self.put("signed_in", "other", person)
        mail = OutboxMail.objects.create(message_id="<matrix@example.test>", to="a@example.test", subject="x")
        self.put("mail", "sent", mail, pk=mail.pk)

    def _organisation_objects(self) -> None:
        states, paper = OrganisationState, self.rows["stored"].file.name
        for situation, row in (
            ("active", self.enterprise),
            ("frozen", OrganisationFactory(name="测试冻结企业", state=states.FROZEN)),
            ("applied", self._applicant("applied", states.APPLIED, credential_file=paper)),
            ("returned", self._applicant("returned", states.RETURNED)),
            ("tenant", self._applicant("tenant", states.APPLIED, park=self.park)),
            ("park", self.park),
            ("national", self.people["national_officer"].memberships.get().organisation),
        ):
            self.put("organisation", situation, row)
        held = Membership.objects.get(user=self.people["enterprise_reader"])
        self.put("membership", "active", held, pk=held.pk)
        self.put("person", "active", held, uuid=self.enterprise.uuid, pk=held.pk)
        for kind in ("achievement", "need", "expert", "organisation", "nothing"):
            self.put("workbook", kind, None, kind=kind)
        sample = UserFactory(username="sample", is_sample=True)
        self.put("demo", "sample", sample, pk=sample.pk)
        code = Code.objects.filter(table__code="COOP_MODE").order_by("pk").first()
        assert code
        self.put("code", "any", code, code=code.table.code, pk=code.pk)
        self.put("table", "any", code.table, code=code.table.code)
        self.put("role", "any", None, role="secretary")

    def _between_organisations(self) -> None:
        """Mandates, an invitation, and a list of enterprises to invite."""
        today = timezone.localdate()
        for situation, firm, by in (("offered", self.firm, "broker"), ("revoked", self.firm, "broker"),
                                    ("active", self.mandated_firm, "mandated")):  # fmt: skip
            signed = {"signed_at": timezone.now(), "signed_by": self.people["enterprise_lead"]}
            mandate = Mandate.objects.create(
                broker=firm, client=self.enterprise, subject="代理需求", state=situation, starts_on=today,
                ends_on=today + timedelta(days=90), offered_by=self.people[by],
                **(signed if situation == "active" else {}))  # fmt: skip
            self.put("mandate", situation, mandate)
        later = timezone.now() + timedelta(days=7)
        invitation = Invitation.objects.create(
            organisation=self.enterprise, email="new@example.test", role=Role.ENTERPRISE_EDITOR, expires_at=later,
            token_hash=token_hash("matrix-invited"), invited_by=self.people["enterprise_lead"])  # fmt: skip
        self.put("invitation", "open", invitation)
        self.put("invitation_link", "open", invitation, token="matrix-invited")
        rows = InvitationList.objects.create(organisation=self.support, made_by=self.people["support_officer"])
        row = ListedEnterprise.objects.create(list=rows, number=1, name="测试名单企业", uscc=valid_uscc(77),
                                              email="listed@example.test", token_hash=token_hash("matrix-listed"),
                                              sent_at=timezone.now())  # fmt: skip
        self.put("outreach", "sent", rows)
        self.put("outreach_link", "sent", row, token="matrix-listed")

    def _applicant(self, situation: str, state: str, **fields: Any) -> Any:
        """An enterprise whose application waits; the head of the first one applied for it too."""
        row = OrganisationFactory(name=f"测试申请企业{situation}", state=state, **fields)
        Membership.objects.create(user=self.people["enterprise_lead"], organisation=row, role=Role.ENTERPRISE_OWNER)
        return row


# Words in addresses that name something; the others, like the kind of a record, only say where to look.
NAMING = ("token", "key", "role", "code", "signal", "step")


def missing(values: dict[str, Any]) -> dict[str, Any]:
    """Values of a route that name nothing: like these, but of no object."""

    def none(name: str, value: Any) -> Any:
        if isinstance(value, uuid.UUID):
            return MISSING
        return 999_999_999 if isinstance(value, int) else "nothing" if name in NAMING else value

    return {name: none(name, value) for name, value in values.items()}
