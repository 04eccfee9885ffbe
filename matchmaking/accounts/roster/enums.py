"""Who keeps a roster, and the grades on it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import OrganisationKind as K


class BrokerGrade(models.TextChoices):
    """技术经理人 grades of the technology-manager certificates (inventory 62)."""

    NONE = "none", _("no certificate")
    JUNIOR = "junior", _("junior technology broker")
    INTERMEDIATE = "intermediate", _("intermediate technology broker")
    SENIOR = "senior", _("senior technology broker")


# Transfer offices, broker institutions and university science parks; universities whose office is a department.
KEEPERS = (K.TTO, K.BROKER, K.PARK_UNIV, K.UNIVERSITY)
