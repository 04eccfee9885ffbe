"""How the use cases of needs say no. Views turn them into field errors, messages, 403 or the 409 page."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _


class NotAllowed(Exception):
    """The person may not do this with this need in its present state."""

    message = _("You cannot take this step with this need.")


class Refused(Exception):
    """Something in the text may not be stored or published. `fields` says where and why."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(", ".join(fields))
        self.fields = dict(fields)


class Incomplete(Refused):
    """What is required to hand the need in is missing. `fields` says what."""


class ReasonMissing(Exception):
    """Returning, rejecting and withdrawing need a reason that the other side can read."""

    message = _("Please give a reason.")


class TooLate(Exception):
    """The day until which the need is open has passed."""

    message = _(
        "The day until which this need is open has passed. Please return it so that the owner can set a new date."
    )
