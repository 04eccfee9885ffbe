"""Technical needs and application scenarios from a workbook: columns, the row forms, and the desks.

Loaded at start by intake, which calls every app's `importing`.
"""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from matchmaking.intake.importing import RowKind, register
from needs.importing.columns import NEED_COLUMNS, SCENARIO_COLUMNS
from needs.importing.desk import NeedDesk, ScenarioDesk
from needs.importing.row_form import NeedRow, ScenarioRow


def record_url(uuid: UUID) -> str:
    return reverse("needs:need_detail", args=[uuid])


def list_url() -> str:
    return reverse("needs:need_mine")


NEED_ROWS = register(
    RowKind(
        kind="need",
        label=_("Technical needs"),
        sheet="技术需求清单",
        capability="need.edit",
        columns=NEED_COLUMNS,
        key="title",
        form=NeedRow,
        open_desk=NeedDesk,
        identity=("public_no",),
        record_url=record_url,
        list_url=list_url,
        file_names={"template": "技术需求导入模板.xlsx"},
    )
)
SCENARIO_ROWS = register(
    RowKind(
        kind="scenario",
        label=_("Application scenarios"),
        sheet="应用场景清单",
        capability="need.edit",
        columns=SCENARIO_COLUMNS,
        key="title",
        form=ScenarioRow,
        open_desk=ScenarioDesk,
        identity=("public_no",),
        record_url=record_url,
        list_url=list_url,
        file_names={"template": "应用场景导入模板.xlsx"},
    )
)
