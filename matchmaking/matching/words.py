"""What notifications and the history say about matches and runs: registered at start, in source English."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.matching.enums import DeclineReason, Side, Step, Way

# kind → (subject, body, parameters)
NOTIFICATIONS: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "match_released": (
        _("A match waits for your answer: %(match)s"),
        _("A programme officer has released the match %(match)s. Please answer by %(due)s."),
        ("match", "due"),
    ),
    "match_answered_interested": (
        _("The other side has answered: %(match)s"),
        _("The other side of the match %(match)s is interested."),
        ("match",),
    ),
    "match_answered_later": (
        _("The other side has answered: %(match)s"),
        _("The other side of the match %(match)s asks to be asked again later."),
        ("match",),
    ),
    "match_answered_no": (
        _("The other side has answered: %(match)s"),
        _("The other side of the match %(match)s has said no; the match has ended."),
        ("match",),
    ),
    "contact_opened": (
        _("Both sides are interested: %(match)s"),
        _("Both sides of the match %(match)s said yes. Contact data is open to both sides on its page."),
        ("match",),
    ),
    "match_step_opened": (
        _("The other side shows you more: %(match)s"),
        _("The other side of the match %(match)s has opened a further step. You can read it on the page of the match."),
        ("match",),
    ),
    "match_nda_accepted": (
        _("Agreement on confidentiality: %(match)s"),
        _("The other side of the match %(match)s has accepted the agreement on confidentiality."),
        ("match",),
    ),
    "match_question": (
        _("The other side asks you something: %(match)s"),
        _("The other side of the match %(match)s has a question. You can read and answer it on the page of the match."),
        ("match",),
    ),
    "match_question_answered": (
        _("Your question was answered: %(match)s"),
        _("The other side of the match %(match)s has answered a question. You can read it on the page of the match."),
        ("match",),
    ),
    "answer_due": (
        _("An answer is due: %(match)s"),
        _("Your answer to the match %(match)s is due by %(due)s."),
        ("match", "due"),
    ),
    "reserve_waits": (
        _("Nobody of the reserve could be asked: %(match)s"),
        _(
            "The match %(match)s has ended, and no candidate of its reserve can be asked now: a text has changed or is "
            "closed, a record has left the pool, or a team has enough to answer. Please look at the need."
        ),
        ("match",),
    ),
    "answer_asked_again": (
        _("You are asked again: %(match)s"),
        _("You asked to be asked again about the match %(match)s. Please answer by %(due)s."),
        ("match", "due"),
    ),
    "answer_escalated": (
        _("Nobody of your organisation has answered: %(match)s"),
        _(
            "The answer of your organisation to the match %(match)s is due by %(due)s, and nobody has given one. "
            "Please answer it, or see that somebody does."
        ),
        ("match", "due"),
    ),
    "match_handed_on": (
        _("A colleague hands you a request: %(match)s"),
        _("The match %(match)s has been handed to you. Please answer by %(due)s."),
        ("match", "due"),
    ),
    "match_moved_up": (
        _("A candidate of the reserve moved up: %(match)s"),
        _("The match %(after)s has ended, so %(match)s was released from the reserve that was approved."),
        ("match", "after"),
    ),
    "match_no_answer": (
        _("No answer in time: %(match)s"),
        _("A side of the match %(match)s has not answered in time."),
        ("match",),
    ),
    "match_lapsed": (
        _("A match has ended: %(match)s"),
        _("The match %(match)s has ended, because a side has not answered in time."),
        ("match",),
    ),
    "match_closed": (
        _("A match has ended: %(match)s"),
        _("One record of the match %(match)s has left the pool, so the match has ended."),
        ("match",),
    ),
    "holidays_missing": (
        _("The public holidays of %(year)s are missing"),
        _(
            "Deadlines in %(year)s are counted Monday to Friday until the arrangement of its holidays is imported as a "
            "new edition of the code table."
        ),
        ("year",),
    ),
    "fitting_needs": (
        _("New needs fit you: %(count)s"),
        _("Needs that were published yesterday and fit your achievements or experts: %(count)s."),
        ("count",),
    ),
    "run_finished": (
        _("A batch match has finished"),
        _("The run has answered %(needs)s needs and proposed %(proposed)s matches."),
        ("needs", "proposed"),
    ),
}

# The mails whose readers on the provider side may answer by a link of their own, without signing in.
ANSWERED_BY_LINK = ("answer_asked_again", "match_released", "answer_due", "match_handed_on")

MATCH_VERBS = {
    "match.released": _("released the match"),
    "match.moved_up": _("released from the reserve"),
    "match.put_in_reserve": _("put the match in the reserve"),
    "match.taken_from_reserve": _("took the match out of the reserve"),
    "match.handed_on": _("handed the request to a colleague"),
    "match.dropped": _("dropped the match"),
    "match.restored": _("restored the match"),
    "match.proposed": _("proposed the match"),
    "match.answered_interested": _("answered: interested"),
    "match.answered_later": _("answered: later"),
    "match.answered_no": _("answered: no"),
    "match.declined": _("the match was declined"),
    "match.contact_opened": _("contact opened"),
    "match.contact_shown": _("contact data read"),
    "match.withdrawn_by_opt_out": _("withdrawn: no automatic matching is wanted"),
    "match.meeting": _("recorded a meeting"),
    "match.negotiation": _("negotiation began"),
    "match.signed": _("signed"),
    "match.failed": _("talks failed"),
    "match.no_answer": _("no answer in time"),
    "match.aged_out": _("aged out, because nobody reviewed it"),
    "match.closed_by_source": _("closed, because a record left the pool"),
    "match.wished": _("interested in principle in a confidential need"),
    "match.step_opened": _("opened a step to the other side"),
    "match.step_revoked": _("took back a step, and every later one"),
    "match.nda_accepted": _("accepted the agreement on confidentiality"),
    "match.nda_withdrawn": _("withdrew from the agreement on confidentiality"),
    "match.question_asked": _("asked the other side a question"),
    "match.question_answered": _("answered a question"),
    "match.graded": _("graded the match"),
    "match.line_disputed": _("disputed a line of the explanation"),
    "match.dispute_noted": _("noted a disputed line"),
    "match.dispute_accepted": _("accepted a disputed line"),
}

RANKING_VERBS = {
    "ranking.learned": _("learned weights from grades"),
    "ranking.taken_up": _("took up learned weights"),
    "ranking.put_away": _("put learned weights away"),
}
RUN_VERBS = {
    "run.started": _("started the run"),
    "run.cancelled": _("cancelled the run"),
    "run.finished": _("the run finished"),
    "run.variant_chosen": _("chose the assigned lists that officers see"),
}


def whose_and_why(detail: Mapping[str, Any]) -> str:
    """Which side an entry of a match is about, which step, the reason given, and by which way it came, in words."""
    found = [(Side, detail.get("side", "")), (Step, detail.get("step", "")), (DeclineReason, detail.get("reason", ""))]
    found.append((Way, detail.get("way", "")))
    return " · ".join(str(choices(code).label) for choices, code in found if code in choices.values)
