"""What happens to a record before it is public: uploads, files, review steps with notes per field, forms.

Records are named by kind and uuid, never by foreign key: the floor does not know the rooms above it.
"""

from matchmaking.intake.models.api import IdempotencyKey
from matchmaking.intake.models.duplicates import DuplicateSearch
from matchmaking.intake.models.files import Attachment, AttachmentKind, AttachmentVisibility, StoredFile
from matchmaking.intake.models.forms import FormDraft, FormReceipt
from matchmaking.intake.models.imports import (
    REMARKED,
    BatchState,
    HeaderMapping,
    ImportBatch,
    ImportBatchQuerySet,
    ImportRow,
    RowGroup,
)
from matchmaking.intake.models.review import (
    Appeal,
    AppealState,
    Decision,
    FieldNote,
    ReviewStep,
    ReviewStepQuerySet,
)
from matchmaking.intake.models.tasks import APPEAL, CHANGE, WAY, ReviewTask, ReviewTaskQuerySet
from matchmaking.intake.models.versions import ChangeState, ProposedChange, RecordVersion, VersionOf

__all__ = [
    "APPEAL",
    "CHANGE",
    "REMARKED",
    "WAY",
    "Appeal",
    "AppealState",
    "Attachment",
    "AttachmentKind",
    "AttachmentVisibility",
    "BatchState",
    "ChangeState",
    "Decision",
    "DuplicateSearch",
    "FieldNote",
    "FormDraft",
    "FormReceipt",
    "HeaderMapping",
    "IdempotencyKey",
    "ImportBatch",
    "ImportBatchQuerySet",
    "ImportRow",
    "ProposedChange",
    "RecordVersion",
    "ReviewStep",
    "ReviewStepQuerySet",
    "ReviewTask",
    "ReviewTaskQuerySet",
    "RowGroup",
    "StoredFile",
    "VersionOf",
]
