"""Where needs meet achievements and experts."""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    name = "matchmaking.matching"

    def ready(self) -> None:
        from matchmaking.activity import labels  # the registries import models
        from matchmaking.matching.enums import MatchState
        from matchmaking.notifications.kinds import register_kind

        register_kind(
            "match_released",
            subject=_("A match waits for your answer: %(match)s"),
            body=_("A programme officer has released the match %(match)s. Please answer by %(due)s."),
            params=("match", "due"),
        )
        for answer, said in (
            ("interested", _("The other side of the match %(match)s is interested.")),
            ("later", _("The other side of the match %(match)s asks to be asked again later.")),
            ("no", _("The other side of the match %(match)s has said no; the match has ended.")),
        ):
            register_kind(
                f"match_answered_{answer}",
                subject=_("The other side has answered: %(match)s"),
                body=said,
                params=("match",),
            )
        register_kind(
            "contact_opened",
            subject=_("Both sides are interested: %(match)s"),
            body=_("Both sides of the match %(match)s said yes. Contact data is open to both sides on its page."),
            params=("match",),
        )
        register_kind(
            "answer_due",
            subject=_("An answer is due: %(match)s"),
            body=_("Your answer to the match %(match)s is due by %(due)s."),
            params=("match", "due"),
        )
        register_kind(
            "match_no_answer",
            subject=_("No answer in time: %(match)s"),
            body=_("A side of the match %(match)s has not answered in time."),
            params=("match",),
        )
        register_kind(
            "match_lapsed",
            subject=_("A match has ended: %(match)s"),
            body=_("The match %(match)s has ended, because a side has not answered in time."),
            params=("match",),
        )
        register_kind(
            "match_closed",
            subject=_("A match has ended: %(match)s"),
            body=_("One record of the match %(match)s has left the pool, so the match has ended."),
            params=("match",),
        )
        register_kind(
            "run_finished",
            subject=_("A batch match has finished"),
            body=_("The run has answered %(needs)s needs and proposed %(proposed)s matches."),
            params=("needs", "proposed"),
        )
        labels.register(
            "match",
            verbs={
                "match.released": _("released the match"),
                "match.dropped": _("dropped the match"),
                "match.restored": _("restored the match"),
                "match.proposed": _("proposed the match"),
                "match.answered_interested": _("answered: interested"),
                "match.answered_later": _("answered: later"),
                "match.answered_no": _("answered: no"),
                "match.declined": _("the match was declined"),
                "match.contact_opened": _("contact opened"),
                "match.meeting": _("recorded a meeting"),
                "match.negotiation": _("negotiation began"),
                "match.signed": _("signed"),
                "match.failed": _("talks failed"),
                "match.no_answer": _("no answer in time"),
                "match.aged_out": _("aged out, because nobody reviewed it"),
                "match.closed_by_source": _("closed, because a record left the pool"),
            },
            states=MatchState,
            tell=_whose_and_why,
        )
        labels.register(
            "run",
            verbs={
                "run.started": _("started the run"),
                "run.cancelled": _("cancelled the run"),
                "run.finished": _("the run finished"),
            },
            states=None,
        )


def _whose_and_why(detail: Mapping[str, Any]) -> str:
    """Which side an entry of a match is about, and the reason given, in words."""
    from matchmaking.matching.enums import DeclineReason, Side  # as above

    found = [(Side, detail.get("side", "")), (DeclineReason, detail.get("reason", ""))]
    return " · ".join(str(choices(code).label) for choices, code in found if code in choices.values)
