"""Intake: uploads, reviews, forms, files.

Every app's `importing.py` and `attaching.py` is loaded at start, so that each process knows all rows and all pools.
"""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class IntakeConfig(AppConfig):
    name = "matchmaking.intake"

    def ready(self) -> None:
        from matchmaking.activity import labels  # needs the loaded app registry
        from matchmaking.intake import privacy  # as below
        from matchmaking.intake.models import BatchState
        from matchmaking.notifications.kinds import register_kind

        autodiscover_modules("importing", "handing_on", "attaching", "upkeep", "reminders")
        import_module("matchmaking.intake.organisation_rows")  # of a floor that knows no intake
        privacy.register()
        labels.register(
            "import",
            verbs={
                "import.uploaded": _("uploaded a workbook"),
                "import.refused": _("could not read the workbook"),
                "import.committed": _("imported the workbook"),
                "import.abandoned": _("gave the upload up"),
                "import.undone": _("undid the upload"),
            },
            states=BatchState,
        )
        for name, subject, body in UPLOAD_KINDS:
            register_kind(name, subject=subject, body=body, params=("file",))
        for name, subject, body in REVIEW_KINDS:
            register_kind(name, subject=subject, body=body, params=("number", "day"))
        for name, subject, body in APPEAL_KINDS:
            register_kind(name, subject=subject, body=body, params=("number",))
        register_kind(
            "import_changes_to_check",
            subject=_("%(count)s changes of published records wait for your check"),
            body=_("They came with an upload. Until you pass a change, the former text stays."),
            params=("count",),
        )
        register_kind(
            "review_digest",
            subject=_("Your review of this week: %(waiting)s waiting, %(overdue)s overdue"),
            body=_(
                "%(waiting)s records wait for your decision, %(overdue)s of them are overdue. %(changes)s changes of "
                "published records and %(appeals)s appeals wait as well."
            ),
            params=("waiting", "overdue", "changes", "appeals"),
        )


UPLOAD_KINDS = (
    ("import_checked", _("Your upload “%(file)s” was checked"), _("Look at the preview, then import the rows.")),
    ("import_columns", _("Your upload “%(file)s” needs a look at its columns"),
     _("Say on its page what the columns mean; the rows are checked after that.")),
    ("import_refused", _("Your upload “%(file)s” cannot be read"),
     _("The page of the upload says why and what to do.")),
    ("import_committed", _("“%(file)s” was imported"), _("New rows are drafts now: complete and submit them. "
                                                                   "Its page says what waits for a check.")),
    ("import_undone", _("“%(file)s” was undone"),
     _("Everything that the upload had written was taken back; the same file may come again.")),
    ("import_not_undone", _("“%(file)s” could not be undone"), _("The page of the upload says why.")),
)  # fmt: skip
# The number of a record and a day: nothing of its content leaves the portal by mail.
REVIEW_KINDS = (
    ("review_due", _("%(number)s must be decided by %(day)s"),
     _("%(number)s waits for your decision; the last day is %(day)s.")),
    ("review_overdue", _("The review of %(number)s is overdue"),
     _("The decision on %(number)s was due on %(day)s. The deputy and the next instance have been told as well.")),
)  # fmt: skip
APPEAL_KINDS = (
    ("appeal_to_decide", _("An appeal waits for your decision: %(number)s"),
     _("The owner of %(number)s has appealed against its rejection.")),
    ("appeal_upheld", _("Your appeal was upheld: %(number)s"),
     _("The appeal about %(number)s was upheld. The record is in review again.")),
    ("appeal_dismissed", _("Your appeal was dismissed: %(number)s"),
     _("The appeal about %(number)s was dismissed. The reason stands on its page.")),
)  # fmt: skip
