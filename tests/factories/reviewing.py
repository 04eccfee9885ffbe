"""Builders of what reviewing leaves behind."""

from typing import Any

from matchmaking.accounts.models import Organisation, User
from matchmaking.intake.models import Decision
from matchmaking.intake.services.review import record_step


def hand_in(record: Any, kind: str, *, by: User, owner: Organisation) -> None:
    """The step that a submission writes, for a record whose state was had at once."""
    record_step(by=by, record=record, kind=kind, step="owner", decision=Decision.SUBMIT, organisation=owner)
