"""How the use cases of experts say no. Views turn them into field errors, messages, 403 or the 409 page."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _


class NotAllowed(Exception):
    """The person may not do this with this expert's entry in its present state."""

    message = _("You cannot take this step with this expert's entry.")


class Incomplete(Exception):
    """What a nomination needs is missing or cannot be so. `fields` says where and why."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(", ".join(fields))
        self.fields = dict(fields)


class ReasonMissing(Exception):
    """Returning, refusing and suspending need a reason that the other side can read."""

    message = _("Please give a reason.")


class OpinionMissing(Exception):
    """The unit agrees with an opinion in words."""

    message = _("Please write the opinion of the unit.")


class ConsentMissing(Exception):
    """Nobody is admitted without a consent that stands."""

    message = _("The person has not consented, or has withdrawn the consent.")


class TextChanged(Exception):
    """The text that was read is no longer the one in force."""

    message = _("The text of the consent has changed in the meantime. Please read it again.")


class NotAdmissible(Exception):
    """Something that the pool asks for is missing; the message says what."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message
