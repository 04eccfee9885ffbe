"""The consent to be shown to everybody is one of its own (PIPL 25): it may end while the entry stays in the pool."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from experts import rules
from experts.consenting import SCOPE_POOL, SCOPE_PUBLIC
from experts.models import Expert, ExpertBody
from experts.services.refusals import NotAllowed
from experts.services.writing import KIND
from matchmaking.accounts.models import Consent, User
from matchmaking.activity.edits import edit_of
from matchmaking.activity.services import record
from matchmaking.programmes.models import Visibility


@transaction.atomic
def end_publication(*, by: User, consent: Consent) -> Consent:
    """Take back the publication alone: from the next request on members see the entry, visitors do not.

    The consent is withdrawn, and a narrower one with the same text and time stands for what remains. Returns it; the
    consent itself where it was withdrawn or never was for publication. Raises NotAllowed.
    """
    held = Consent.objects.select_for_update().filter(pk=consent.pk, scope=SCOPE_PUBLIC, withdrawn_at=None).first()
    if held is None:
        return consent
    entries = list(
        Expert.objects.select_for_update(of=("self",), no_key=True).filter(body__consent=held).order_by("pk")
    )
    if held.user_id != by.pk or not all(rules.is_person(by, one) for one in entries):
        raise NotAllowed
    narrower = Consent.objects.create(
        user=by, person_name=held.person_name, scope=SCOPE_POOL, text_version=held.text_version,
        text_hash=held.text_hash, given_at=held.given_at,
    )  # fmt: skip
    for one in entries:
        said = edit_of(version=one.version, fields=["visibility"], before={"visibility": one.visibility},
                       after={"visibility": Visibility.MEMBERS}, told=["visibility"])  # fmt: skip
        Expert.objects.filter(pk=one.pk).update(visibility=Visibility.MEMBERS, version=F("version") + 1)
        record(by=by, verb="expert.publication_ended", about=one, kind=KIND, **said)
    ExpertBody.objects.filter(consent=held).update(consent=narrower)
    Consent.objects.filter(pk=held.pk).update(withdrawn_at=timezone.now())
    return narrower
