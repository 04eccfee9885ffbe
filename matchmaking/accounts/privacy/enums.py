"""Kinds of showing, and the states of a request for correction."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Shown(models.TextChoices):
    CONTACT = "contact", _("contact data opened")
    EXPORT = "export", _("in a workbook that was downloaded")
    PAGE = "page", _("the page with the name was opened")


class CorrectionState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    DONE = "done", _("corrected")
    REFUSED = "refused", _("not corrected")
