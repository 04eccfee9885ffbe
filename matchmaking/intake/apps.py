"""Intake: uploads, reviews, forms, files.

Every app's `importing.py` and `attaching.py` is loaded at start, so that each process knows all rows and all pools.
"""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class IntakeConfig(AppConfig):
    name = "matchmaking.intake"

    def ready(self) -> None:
        from matchmaking.activity import labels  # needs the loaded app registry
        from matchmaking.intake.models import BatchState
        from matchmaking.notifications.kinds import register_kind

        autodiscover_modules("importing", "attaching", "upkeep")
        labels.register(
            "import",
            verbs={
                "import.uploaded": _("uploaded a workbook"),
                "import.refused": _("could not read the workbook"),
                "import.committed": _("imported the workbook"),
                "import.abandoned": _("gave the upload up"),
            },
            states=BatchState,
        )
        register_kind(
            "import_checked",
            subject=_("Your upload “%(file)s” was checked"),
            body=_("Look at the preview, then import the rows."),
            params=("file",),
        )
        register_kind(
            "import_refused",
            subject=_("Your upload “%(file)s” cannot be read"),
            body=_("The page of the upload says why and what to do."),
            params=("file",),
        )
        register_kind(
            "import_committed",
            subject=_("“%(file)s” was imported"),
            body=_("The rows are now drafts. Complete and submit them."),
            params=("file",),
        )
