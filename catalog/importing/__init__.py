"""Achievements from a workbook: columns, the row form, and the catalogue's side of an examination.

Loaded at start by intake, which calls every app's `importing`.
"""

from django.urls import reverse

from catalog.importing.columns import COLUMNS
from catalog.importing.desk import AchievementDesk
from catalog.importing.row_form import AchievementRow
from matchmaking.intake.importing import RowKind, register
from matchmaking.intake.models import ImportBatch


def url_of(batch: ImportBatch) -> str:
    return reverse("catalog:import_detail", args=[batch.uuid])


ACHIEVEMENT_ROWS = register(
    RowKind(
        kind="achievement",
        sheet="成果清单",
        capability="achievement.import",
        columns=COLUMNS,
        key="title",
        form=AchievementRow,
        open_desk=AchievementDesk,
        url_of=url_of,
        identity=("public_no",),
    )
)
