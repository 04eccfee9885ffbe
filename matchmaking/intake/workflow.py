"""The life cycle of an upload: state → states that may follow."""

from matchmaking.common.workflow import Workflow
from matchmaking.intake.models import BatchState as S

IMPORT_BATCH = Workflow(
    "intake_importbatch",
    {
        S.UPLOADED: (S.CHECKED, S.MAPPING, S.REFUSED, S.ABANDONED),
        S.MAPPING: (S.UPLOADED, S.ABANDONED),
        S.CHECKED: (S.COMMITTING, S.UPLOADED, S.ABANDONED),
        S.COMMITTING: (S.COMMITTED, S.CHECKED),
        S.COMMITTED: (S.UNDOING,),
        S.UNDOING: (S.UNDONE, S.COMMITTED),
        S.UNDONE: (),
        S.REFUSED: (),
        S.ABANDONED: (),
    },
)
