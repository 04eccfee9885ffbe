"""Nominations from a workbook: columns, the row form, and the experts' side of an examination.

Loaded at start by intake, which calls every app's `importing`.
"""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from experts.importing.columns import COLUMNS
from experts.importing.desk import ExpertDesk
from experts.importing.row_form import ExpertRow
from matchmaking.intake.importing import RowKind, register


def record_url(uuid: UUID) -> str:
    return reverse("experts:expert_detail", args=[uuid])


def list_url() -> str:
    return reverse("experts:expert_mine")


EXPERT_ROWS = register(
    RowKind(
        kind="expert",
        label=_("Experts"),
        sheet="专家推荐表",
        capability="expert.nominate",
        columns=COLUMNS,
        key="name",
        form=ExpertRow,
        open_desk=ExpertDesk,
        identity=("public_no",),
        naming=("contact_email",),
        record_url=record_url,
        list_url=list_url,
        file_names={"template": "专家导入模板.xlsx"},
    )
)
