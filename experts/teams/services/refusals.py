"""How the use cases of teams say no."""

from django.utils.translation import gettext_lazy as _

from experts.services.refusals import Incomplete, ReasonMissing

__all__ = ["Incomplete", "NotAllowed", "ReasonMissing"]


class NotAllowed(Exception):
    """The person may not do this with this team in its present state."""

    message = _("You cannot take this step with this team.")
