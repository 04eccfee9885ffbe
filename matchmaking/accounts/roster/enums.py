"""Who keeps a roster, and the grades on it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import PROVIDER_KINDS
from matchmaking.accounts.enums import OrganisationKind as K


class BrokerGrade(models.TextChoices):
    """技术经理人 grades of the technology-manager certificates (inventory 62)."""

    NONE = "none", _("no certificate")
    JUNIOR = "junior", _("junior technology broker")
    INTERMEDIATE = "intermediate", _("intermediate technology broker")
    SENIOR = "senior", _("senior technology broker")


# Transfer offices, of their own or within a university or institute, broker institutions, university science parks.
KEEPERS = (*PROVIDER_KINDS, K.BROKER, K.PARK_UNIV)
