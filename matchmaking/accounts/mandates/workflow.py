"""The life cycle of a mandate (lifecycles.md): state → states that may follow."""

from matchmaking.accounts.mandates.enums import MandateState as S
from matchmaking.common.workflow import Workflow

MANDATE = Workflow(
    "accounts_mandate",
    {
        S.OFFERED: (S.SIGNED, S.REVOKED),
        S.SIGNED: (S.ACTIVE, S.REVOKED),
        S.ACTIVE: (S.ENDED, S.REVOKED),
        S.ENDED: (),
        S.REVOKED: (),
    },
)
