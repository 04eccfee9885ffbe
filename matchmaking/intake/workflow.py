"""The life cycle of an upload: state → states that may follow."""

from matchmaking.common.workflow import Workflow
from matchmaking.intake.models import BatchState as S

IMPORT_BATCH = Workflow(
    "intake_importbatch",
    {
        S.UPLOADED: (S.CHECKED, S.REFUSED, S.ABANDONED),
        S.CHECKED: (S.COMMITTING, S.ABANDONED),
        S.COMMITTING: (S.COMMITTED, S.CHECKED),
        S.COMMITTED: (),
        S.REFUSED: (),
        S.ABANDONED: (),
    },
)
