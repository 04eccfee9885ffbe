"""Another wording of a need: proposed by those who check or broker it, taken over by its owner sentence by sentence."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.activity.services import record
from matchmaking.common.workflow import StaleState, expect_version
from matchmaking.intake.services.changes import open_change
from matchmaking.notifications.services import notify
from needs import rules
from needs.clinic.rewriting import Change, changes, one_break, put_in
from needs.completeness import ROW_FIELDS, secret_marks
from needs.enums import RewriteAnswer
from needs.models import NeedBody, NeedRewrite, NeedRewriteSentence, TechNeed
from needs.services.people import owner_people
from needs.services.refusals import NotAllowed, Refused
from needs.services.revising import revise_need
from needs.services.writing import KIND, update_need

# What may be reworded: everything that is prose and stays the owner's word.
FIELDS = ("title", "background", "problem", "goal", "tried", "basis")
_MOST_SENTENCES = 100


class NothingProposed(Exception):
    """The proposed wording is the present one."""

    message = _("Your wording is the same as the present one.")


class TextChanged(Exception):
    """The sentence a proposal was made for no longer stands in the text, or stands there more than once."""

    message = _(
        "The text has changed since this was proposed; the sentence is no longer there. Please edit it by hand."
    )


class NotNow(Exception):
    """The need is not open to its owner's changes in its present state."""

    message = _("The need is being checked. Sentences can be taken over once it has been returned to you.")


def text_of(need: TechNeed, field: str) -> str:
    """Return the present text of a field that may be reworded."""
    return one_break(str(getattr(need if field in ROW_FIELDS else need.body, field)))


@transaction.atomic
def propose_rewrite(
    *, by: User, need: TechNeed, field: str, text: str, note: str = "", version: int | None = None
) -> NeedRewrite:
    """Propose another wording of one field. An open proposal of the same organisation for the field is replaced.

    Raises NotAllowed, NothingProposed, Refused (marks of state secrets, too long), StaleState when the need has changed
    since the person read it.
    """
    acting = rules.rewriting_for(by, need)
    if acting is None or field not in FIELDS:
        raise NotAllowed
    expect_version(need, version)
    limit = _limit(field)
    original, proposed = text_of(need, field), one_break(text).strip()
    if limit and len(proposed) > limit:
        raise Refused({"text": _("At most %(limit)d characters are possible.") % {"limit": limit}})
    if marks := secret_marks({field: proposed}, []):
        raise Refused({"text": marks[field]})
    found = changes(original, proposed)
    if not found or len(found) > _MOST_SENTENCES:
        raise NothingProposed
    earlier = NeedRewriteSentence.objects.filter(rewrite__need=need, rewrite__field=field, rewrite__organisation=acting)
    earlier.filter(answer="").update(answer=RewriteAnswer.REPLACED, answered_at=timezone.now())
    rewrite = NeedRewrite.objects.create(need=need, field=field, original=original, proposed=proposed, note=note, by=by,
                                         organisation=acting)  # fmt: skip
    NeedRewriteSentence.objects.bulk_create(
        NeedRewriteSentence(rewrite=rewrite, position=place, before=one.before, old=one.old, new=one.new)
        for place, one in enumerate(found, 1)
    )
    record(by=by, verb="need.rewrite_proposed", about=need, kind=KIND, organisation=acting, detail={"field": field})
    _tell(owner_people(need.body), "need_rewrite_proposed", rewrite)
    return rewrite


@transaction.atomic
def answer_sentence(*, by: User, sentence: NeedRewriteSentence, accept: bool) -> NeedRewriteSentence:
    """Take a proposed sentence over into the need, or keep the own one.

    Raises NotAllowed, NotNow, TextChanged, Refused (too long, marks of state secrets), StaleState when the sentence has
    been answered already or somebody saved the need at the same moment.
    """
    rewrite = sentence.rewrite
    need = TechNeed.objects.select_related("body").get(pk=rewrite.need_id)
    if not rules.owns(by, need):
        raise NotAllowed
    answer = RewriteAnswer.ACCEPTED if accept else RewriteAnswer.KEPT
    door = NeedRewriteSentence.objects.filter(pk=sentence.pk, answer="")
    if door.update(answer=answer, answered_by=by, answered_at=timezone.now()) != 1:
        raise StaleState(need.public_no)
    if accept:
        _take_over(by, need, rewrite.field, Change(sentence.before, sentence.old, sentence.new))
    if not rewrite.sentences.filter(answer="").exists():
        _tell([rewrite.by], "need_rewrite_answered", rewrite)
    sentence.refresh_from_db()
    return sentence


def _take_over(by: User, need: TechNeed, field: str, change: Change) -> None:
    """Write the sentence into the draft; of a published need into the change that waits for the officer."""
    from needs import versioning  # it reads the form, which reads the services

    waiting: dict[str, Any] = {}
    if rules.can_revise(by, need):
        pending = open_change(need, KIND)
        waiting = versioning.for_service(pending.content) if pending else {"data": {}}
    elif not rules.can_edit(by, need):
        raise NotNow
    present = waiting.get("data", {}).get(field) or text_of(need, field)
    text = put_in(present, change)
    if text is None:
        raise TextChanged
    limit = _limit(field)
    if limit and len(text) > limit:
        raise Refused({field: _("With this sentence the text would be longer than %(limit)d characters.") % {
            "limit": limit}})  # fmt: skip
    if waiting:
        waiting["data"] = {**waiting["data"], field: text.strip()}
        revise_need(by=by, need=need, version=need.version, **waiting)
    else:
        update_need(by=by, need=need, version=need.version, data={field: text.strip()})


def _limit(field: str) -> int | None:
    source = (TechNeed if field in ROW_FIELDS else NeedBody)._meta.get_field(field)  # noqa: SLF001 (Django documents it)
    return getattr(source, "max_length", None)


def _tell(people: list[User], kind: str, rewrite: NeedRewrite) -> None:
    """Only the number of the need travels: the text may be for few eyes."""
    notify(recipients=people, kind=kind, params={"need": rewrite.need.public_no}, url=rewrite.get_absolute_url(),
           dedupe_key=f"{kind}:{rewrite.uuid}")  # fmt: skip
