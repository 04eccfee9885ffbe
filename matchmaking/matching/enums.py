"""States of runs, matches and answers (lifecycles.md, records.md §3.6)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunScope(models.TextChoices):
    ALL = "all", _("everything")
    PROGRAMME = "programme", _("one programme")
    REGION = "region", _("one region")
    NEED = "need", _("one need")
    ACHIEVEMENT = "achievement", _("one achievement")
    EXPERT = "expert", _("one expert")


class ShardTask(models.TextChoices):
    """What a block of needs of a run is for."""

    RANK = "rank", _("compare with the whole pool")
    MERGE = "merge", _("compare with changed records")


class Change(models.TextChoices):
    """What became of a pair from one run to the next."""

    NEW = "new", _("new on the list")
    GONE = "gone", _("no longer on the list")
    MOVED = "moved", _("moved")


class Why(models.TextChoices):
    """Why a pair stands elsewhere than in the run before; the first that applies."""

    NEED_CAME = "need_came", _("the need is new")
    NEED_LEFT = "need_left", _("the need has left")
    TARGET_CAME = "target_came", _("the record is new in the pool")
    TARGET_LEFT = "target_left", _("the record has left the pool")
    REFUSED = "refused", _("it was decided against")
    ALLOWED = "allowed", _("a decision against it no longer holds")
    NEED_CHANGED = "need_changed", _("the need was edited")
    TARGET_CHANGED = "target_changed", _("the record was edited")
    MODEL = "model", _("statistics or weights changed")
    OTHERS = "others", _("others moved up or down")


class MatchState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    RELEASED = "released", _("released, waiting for answers")
    DROPPED = "dropped", _("dropped by the officer")
    AGED_OUT = "aged_out", _("aged out")
    DECLINED = "declined", _("declined")
    NO_ANSWER = "no_answer", _("no answer in time")
    CONTACT_OPENED = "contact_opened", _("contact opened")
    MEETING = "meeting", _("meeting")
    NEGOTIATION = "negotiation", _("negotiation")
    SIGNED = "signed", _("signed")
    FAILED = "failed", _("talks failed")
    CLOSED_BY_SOURCE = "closed_by_source", _("closed: record left the pool")


M = MatchState
LIVE = (M.PROPOSED, M.RELEASED, M.CONTACT_OPENED, M.MEETING, M.NEGOTIATION, M.SIGNED)
SHOWN_TO_SIDES = (
    M.RELEASED,
    M.DECLINED,
    M.NO_ANSWER,
    M.CONTACT_OPENED,
    M.MEETING,
    M.NEGOTIATION,
    M.SIGNED,
    M.FAILED,
)
IN_TALKS = (M.CONTACT_OPENED, M.MEETING, M.NEGOTIATION, M.SIGNED)
CONTACT_OPEN = (M.CONTACT_OPENED, M.MEETING, M.NEGOTIATION, M.SIGNED, M.FAILED)


# Only while a match lives does what one side has opened to the other stay open.
DISCLOSING = (M.RELEASED, M.CONTACT_OPENED, M.MEETING, M.NEGOTIATION, M.SIGNED)


class Origin(models.TextChoices):
    RUN = "run", _("by the engine")
    HUMAN = "human", _("by hand")
    SEALED = "sealed", _("by interest in a confidential need")


class Side(models.TextChoices):
    ENTERPRISE = "enterprise", _("enterprise")
    PROVIDER = "provider", _("university or expert")

    @property
    def other(self) -> "Side":
        return Side.PROVIDER if self == Side.ENTERPRISE else Side.ENTERPRISE


class Way(models.TextChoices):
    """By which way an answer came, where not from a page behind the sign-in."""

    MAIL_LINK = "mail_link", _("by the link in the mail")


class Step(models.TextChoices):
    """What a side shows the other of its record, in this order; the field is known from the release on."""

    FIELD = "field", _("field")
    PROBLEM = "problem", _("problem")
    INDICATORS = "indicators", _("indicators")
    IDENTITY = "identity", _("identity")
    DATA = "data", _("data")


# The steps that a side opens by itself, one after the other.
LADDER = (Step.PROBLEM, Step.INDICATORS, Step.IDENTITY, Step.DATA)
# Only once both sides have signed that they keep to themselves what they read.
UNDER_NDA = (Step.IDENTITY, Step.DATA)


class GradedAs(models.TextChoices):
    """In which capacity a person graded a match or disputed a line of it."""

    OFFICER = "officer", _("programme officer")
    ENTERPRISE = "enterprise", _("enterprise")
    PROVIDER = "provider", _("university or expert")


class Strength(models.IntegerChoices):
    """How well a pair fits, as people say it; from 3 on the fit is strong."""

    VERY_WEAK = 1, _("very weak")
    WEAK = 2, _("weak")
    STRONG = 3, _("strong")
    VERY_STRONG = 4, _("very strong")


class Fault(models.TextChoices):
    """What is wrong with a line of an explanation."""

    NOT_TRUE = "not_true", _("It is not true.")
    OTHER_MEANING = "other_meaning", _("The words mean something else here.")
    OUTDATED = "outdated", _("It was true once; the facts have changed.")
    TOO_MUCH = "too_much", _("It counts for too much.")
    TOO_LITTLE = "too_little", _("It counts for too little.")
    OTHER = "other", _("Something else (please write it).")


class DisputeState(models.TextChoices):
    OPEN = "open", _("waiting for the officer")
    NOTED = "noted", _("noted")
    ACCEPTED = "accepted", _("accepted")


class RankingState(models.TextChoices):
    CANDIDATE = "candidate", _("not used yet")
    LIVE = "live", _("in use")
    RETIRED = "retired", _("put away")


class Verdict(models.TextChoices):
    BETTER = "better", _("better on needs it had not seen")
    NO_GAIN = "no_gain", _("no gain on needs it had not seen: only probabilities are learned")
    TOO_FEW = "too_few", _("too few grades for weights: only probabilities are learned")


class Answer(models.TextChoices):
    INTERESTED = "interested", _("interested")
    LATER = "later", _("later")
    NO = "no", _("no")


class DeclineReason(models.TextChoices):
    """DECLINE_REASON of the vocabularies."""

    INDICATOR_GAP = "indicator_gap", _("indicators not reached")
    MATURITY = "maturity", _("not mature enough")
    PRICE = "price", _("price")
    CAPACITY = "capacity", _("no capacity")
    IP = "ip", _("IP terms")
    REGION = "region", _("region")
    ALREADY_SOLVED = "already_solved", _("already solved")
    DUPLICATE = "duplicate", _("duplicate")
    NOT_REAL = "not_real", _("not a real need or offer")
    OTHER = "other", _("other")


class Kind(models.TextChoices):
    """What a need is answered by."""

    ACHIEVEMENT = "achievement", _("achievements")
    EXPERT = "expert", _("experts")
    TEAM = "team", _("teams")


class Variant(models.TextChoices):
    """The lists of a run: what every need would get if everybody had time for everything, and the two assignments: the
    greatest total score, and the worst-served need served best."""

    WISHED = "wished", _("best for each need")
    BEST = "best", _("greatest total")
    FAIR = "fair", _("fair to the worst served")

    @classmethod
    def assigned(cls) -> tuple[str, str]:
        """Those of which one is what the officers see."""
        return cls.BEST, cls.FAIR


class AssignedBecause(models.TextChoices):
    """Why somebody has a place on the list of a need under load."""

    BEST = "best", _("on the best list too")
    HELD = "held", _("keeps its place")
    LOAD = "load", _("moved up: somebody better is full")
    UNIT = "unit", _("moved up: somebody better is of a unit that is there already")
    BALANCE = "balance", _("moved up so that others are served too")


class Uncovered(models.TextChoices):
    """Why a need got nobody."""

    NO_CANDIDATE = "no_candidate", _("no candidate above the floor")
    EXCLUDED = (
        "excluded",
        _("every candidate excluded: same unit, conflict, earlier refusal, or a text closed to one side"),
    )
    ALL_FULL = "all_full", _("all candidates full")
