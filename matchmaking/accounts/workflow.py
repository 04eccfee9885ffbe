"""The life cycles of an organisation and of a request for correction: state → states that may follow."""

from matchmaking.accounts.enums import OrganisationState as S
from matchmaking.accounts.privacy.enums import CorrectionState
from matchmaking.common.workflow import Workflow

ORGANISATION = Workflow(
    "accounts_organisation",
    {
        S.APPLIED: (S.ACTIVE, S.RETURNED),
        S.RETURNED: (S.APPLIED,),
        S.ACTIVE: (S.FROZEN, S.CLOSED),
        S.FROZEN: (S.ACTIVE, S.CLOSED),
        S.CLOSED: (),
    },
)

# An owner who refused may think again; what was corrected stays corrected.
CORRECTION = Workflow(
    "accounts_correction",
    {
        CorrectionState.OPEN: (CorrectionState.DONE, CorrectionState.REFUSED),
        CorrectionState.REFUSED: (CorrectionState.DONE,),
        CorrectionState.DONE: (),
    },
)
