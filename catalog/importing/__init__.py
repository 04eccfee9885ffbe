"""Achievements from a workbook: columns, the row form, and the catalogue's side of an examination.

Loaded at start by intake, which calls every app's `importing`.
"""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.importing.columns import COLUMNS
from catalog.importing.desk import AchievementDesk
from catalog.importing.row_form import AchievementRow
from matchmaking.intake.importing import RowKind, register


def record_url(uuid: UUID) -> str:
    return reverse("catalog:achievement_detail", args=[uuid])


def list_url() -> str:
    return reverse("catalog:achievement_mine")


ACHIEVEMENT_ROWS = register(
    RowKind(
        kind="achievement",
        label=_("Achievements"),
        sheet="成果清单",
        capability="achievement.import",
        columns=COLUMNS,
        key="title",
        form=AchievementRow,
        open_desk=AchievementDesk,
        identity=("public_no",),
        record_url=record_url,
        list_url=list_url,
    )
)
