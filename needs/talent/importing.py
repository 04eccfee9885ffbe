"""Talent posts from a workbook: the row form and the desk.

Loaded at start by `needs.apps`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Field
from django.urls import reverse
from django.utils.translation import gettext_lazy

from matchmaking.accounts.models import User
from matchmaking.intake.cells import CellError, EmailCell, ListCell, PhoneCell, TextCell
from matchmaking.intake.code_cells import CodeCell, CodesCell
from matchmaking.intake.desks import Entry
from matchmaking.intake.importing import RowForm, RowKind, Target, Values, register
from matchmaking.intake.models import ProposedChange, VersionOf
from matchmaking.intake.number_cells import CountCell, MonthsCell
from matchmaking.intake.said import said as _
from needs.importing.enterprise_desk import EnterpriseDesk
from needs.importing.row_form import ComingDayCell, SecretCell
from needs.models import TechNeed
from needs.talent import rules, versioning
from needs.talent.columns import COLUMNS
from needs.talent.completeness import BODY_FIELDS, ROW_FIELDS, gives_away, missing, names_owner
from needs.talent.enums import EDITABLE, PostState
from needs.talent.models import MOST_DAYS, MOST_HEADS, MOST_MONTHS, TalentPost, TalentPostBody
from needs.talent.rules import KIND
from needs.talent.services import (
    bulk_create_talent_posts,
    reopen_talent_post,
    revise_talent_post,
    undo_revision,
    update_talent_post,
    withdraw_talent_post,
)
from needs.talent.services.bulk import take_back_talent_posts
from needs.talent.services.people import deciders


class TalentPostRow(RowForm):
    """One row as a form. What is only missing is no error here; a mark of a state secret is."""

    public_no = TextCell(20)
    enterprise = TextCell(200)
    title = TextCell(60, needed=True)
    post_kind = CodeCell("POST_KIND")
    headcount = CountCell(1, MOST_HEADS, units=("人", "名", "个"))
    tech_field = CodeCell("HNTE8", digits=4)
    duties = TextCell(1000, lines=True)
    education = CodeCell("EDU")
    professional_title = CodeCell("TITLE")
    disciplines = CodesCell("GB13745")
    requirements = TextCell(1000, lines=True)
    term_months = MonthsCell(1, MOST_MONTHS)
    attendance = CodeCell("ATTENDANCE")
    days_per_week = CountCell(1, MOST_DAYS, units=("天", "日"))
    pay_band = CodeCell("PAY_BAND")
    pay_details = TextCell(300)
    housing = TextCell(200)
    insurance = TextCell(200)
    expected_output = TextCell(600, lines=True)
    tech_need = TextCell(20)
    mentor = TextCell(100)
    open_until = ComingDayCell()
    visibility = CodeCell("VISIBILITY")
    invited = ListCell(each=200, most=50)
    secret = SecretCell()
    contact_name = TextCell(50)
    contact_position = TextCell(50)
    contact_phone = PhoneCell(30)
    contact_email = EmailCell(100)

    def clean_public_no(self) -> str:
        return self.cleaned_data["public_no"].upper().replace(" ", "")

    def clean_tech_need(self) -> str:
        return self.cleaned_data["tech_need"].upper().replace(" ", "")


S = PostState
EXPECTED = (S.DRAFT, S.SUBMITTED, S.RETURNED, S.PUBLISHED)
WITHDRAWABLE = EXPECTED


class TalentPostDesk(EnterpriseDesk):
    """The talent posts of one enterprise."""

    kind = KIND
    model = TalentPost
    number_heading = "岗位编号"
    columns = COLUMNS
    row_fields = ROW_FIELDS
    body_fields = BODY_FIELDS
    revisable = rules.REVISABLE

    def read_index(self) -> Iterable[Entry]:
        self._links = {}
        needs = TechNeed.objects.filter(body__owner=self.owner)
        self._needs = {need.public_no: need for need in needs.only("pk", "public_no", "visibility")}
        by_key = {need.pk: need.public_no for need in self._needs.values()}
        owned = TalentPost.objects.filter(body__owner=self.owner).order_by("pk")
        facts = owned.values_list("uuid", "public_no", "version", "title", "state", "programme", "visibility",
                                  "body__tech_need")  # fmt: skip
        for uuid, number, version, title, state, programme, visibility, need in facts:
            self._links[uuid] = {"visibility": visibility, "tech_need": by_key.get(need, "")}
            words = {"state": PostState(state).label}
            obstacle = _("The record is %(state)s and cannot be changed by an upload.") % words
            stays = _("A record that is %(state)s cannot be withdrawn by an upload.") % words
            target = Target(uuid, number, version, title, "" if state in (*EDITABLE, *rules.REVISABLE) else obstacle)
            expected = programme == self.programme.pk and state in EXPECTED
            yield Entry(target, state, state == S.WITHDRAWN, expected, "" if state in WITHDRAWABLE else stays)

    def fetch(self, uuids: Sequence[UUID]) -> dict[UUID, TalentPost]:
        found = (
            TalentPost.objects.filter(uuid__in=uuids)
            .select_related("body__owner", "body__tech_need", "region", "programme")
            .prefetch_related("invitations__organisation")
        )
        return {post.uuid: post for post in found}

    def field(self, name: str) -> "Field[Any, Any]":
        model = TalentPostBody if name in BODY_FIELDS else TalentPost
        return model._meta.get_field(name)  # type: ignore[return-value]  # noqa: SLF001 (Django's model API)

    # --- Reading ---------------------------------------------------------------------------------------------------

    def resolve(self, values: Values) -> dict[str, CellError]:
        found = super().resolve(values)
        number = values.get("tech_need")
        if number and number not in self._needs:
            del values["tech_need"]
            found["tech_need"] = CellError(
                _("Your organisation has no technical need with the number %(number)s.") % {"number": number},
                _("Write the number as it stands in your list of needs, or leave the cell empty."),
            )
        return found

    def find_target(self, values: Values) -> Target | None:
        target = super().find_target(values)
        link: Mapping[str, Any] = self._links.get(target.uuid, {}) if target else {}
        joined = {"visibility": values.get("visibility") or link.get("visibility") or "public",
                  "tech_need": self._needs.get(values.get("tech_need") or link.get("tech_need", ""))}  # fmt: skip
        if gives_away(joined):
            raise CellError(
                _("Post and need would give each other's owner away."),
                _("Hide the owner of both, or of neither, or leave the cell empty."),
                code="tech_need",
            )
        return target

    # --- Comparing -------------------------------------------------------------------------------------------------

    def present(self, record: TalentPost, name: str) -> Any:
        if name == "tech_need":
            return record.body.tech_need.public_no if record.body.tech_need else ""
        return super().present(record, name)

    def gaps(self, whole: Values) -> Mapping[str, Any]:
        return missing(whole)

    def revealing(self, whole: Values) -> Mapping[str, Any]:
        return names_owner(whole, self.owner)

    # --- Writing -----------------------------------------------------------------------------------------------------

    def layout(self, given: Values, record: Any = None) -> dict[str, Any]:
        laid = super().layout(given, record)
        if "tech_need" in laid:
            laid["tech_need"] = self._needs[laid["tech_need"]]
        return laid

    def create(self, *, by: User, rows: Sequence[Values]) -> Sequence[TalentPost]:
        laid = [self.layout(given) for given in rows]
        return bulk_create_talent_posts(by=by, owner=self.owner, programme=self.programme, rows=laid)

    def update(self, *, by: User, record: TalentPost, version: int, given: Values) -> TalentPost:
        data, below = self.parted(self.layout(given, record))
        return update_talent_post(by=by, post=record, version=version, data=data, **below)

    def revise(
        self, *, by: User, record: TalentPost, version: int, given: Values
    ) -> tuple[TalentPost, ProposedChange | None]:
        data, below = self.parted(self.layout(given, record))
        came = revise_talent_post(by=by, post=record, version=version, data=data, what=VersionOf.IMPORTED, **below)
        return came.record, came.change

    def proposed(self, record: TalentPost, given: Values) -> Mapping[str, Any]:
        data, below = self.parted(self.layout(given, record))
        return versioning.proposed(data, **below)

    def officers_of(self, record: TalentPost) -> list[User]:
        return deciders(record, self.owner)

    def restore(self, *, by: User, record: TalentPost, version: int, before: Mapping[str, Any]) -> None:
        data, below = self._restored(before)
        update_talent_post(by=by, post=record, version=version, data=data, **below)

    def unrevise(self, *, by: User, record: TalentPost, version: int, before: Mapping[str, Any]) -> None:
        data, below = self._restored(before)
        undo_revision(by=by, post=record, version=version, data=data, **below)

    def _restored(self, before: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        kept = dict(before)
        need = {"tech_need": self._needs.get(kept.pop("tech_need"))} if "tech_need" in kept else {}
        data, below = self.parted(self.laid_back(kept))
        return {**data, **need}, below

    def take_out(self, *, by: User, record: TalentPost, version: int, reason: str) -> TalentPost:
        return withdraw_talent_post(by=by, post=record, version=version, reason=reason)

    def reopen(self, *, by: User, record: TalentPost) -> None:
        reopen_talent_post(by=by, post=record)

    def take_back(self, *, by: User, uuids: Sequence[UUID]) -> int:
        return take_back_talent_posts(by=by, owner=self.owner, uuids=uuids)


def record_url(uuid: UUID) -> str:
    return reverse("talent:talent_post_detail", args=[uuid])


def list_url() -> str:
    return reverse("talent:talent_post_mine")


TALENT_POST_ROWS = register(
    RowKind(
        kind="talent_post",
        label=gettext_lazy("Talent posts"),
        sheet="人才需求清单",
        capability="talent.edit",
        columns=COLUMNS,
        key="title",
        form=TalentPostRow,
        open_desk=TalentPostDesk,
        identity=("public_no",),
        record_url=record_url,
        list_url=list_url,
        file_names={"template": "人才需求导入模板.xlsx"},
    )
)
