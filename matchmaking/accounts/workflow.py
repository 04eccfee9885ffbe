"""The life cycle of an organisation: state → states that may follow."""

from matchmaking.accounts.enums import OrganisationState as S
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
