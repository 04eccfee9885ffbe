"""Bodies that do not apply: departments, entered by the secretariat, and national ones, by the administrator."""

from django.db import transaction

from matchmaking.accounts import rules
from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.invitations.services import send_invitation
from matchmaking.accounts.membership import NotAllowed
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.roles import ROLES_OF_KIND
from matchmaking.accounts.services import create_organisation
from matchmaking.vocabularies.models import Region


@transaction.atomic
def enter_organisation(*, by: User, kind: str, name: str, region: Region | None, email: str) -> Organisation:
    """Enter a body that counts at once, and invite the first person to its managing role.

    Raises NotAllowed and OrganisationRefused (name taken).
    """
    if kind not in rules.kinds_entered_by(by):
        raise NotAllowed
    organisation = create_organisation(by=by, kind=kind, name=name, region=region, state=OrganisationState.ACTIVE)
    send_invitation(by=by, organisation=organisation, email=email, role=ROLES_OF_KIND[kind][0])
    return organisation
