"""How the use cases of talent posts say no. Views turn them into field errors, messages, 403 or the 409 page."""

from django.utils.translation import gettext_lazy as _

from needs.services.refusals import Incomplete, ReasonMissing, Refused

__all__ = ["Incomplete", "NotAllowed", "ReasonMissing", "Refused", "TooLate"]


class NotAllowed(Exception):
    """The person may not do this with this post in its present state."""

    message = _("You cannot take this step with this post.")


class TooLate(Exception):
    """The day until which the post is open has passed."""

    message = _(
        "The day until which this post is open has passed. Please return it so that the owner can set a new date."
    )
