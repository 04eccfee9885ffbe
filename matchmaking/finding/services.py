"""Use cases of saved searches: keep, change, drop, stop, and tell what is new."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from matchmaking.accounts.models import User
from matchmaking.activity.selectors import published_since
from matchmaking.common.pool_registry import Pool, find_pool
from matchmaking.finding.models import Frequency, SavedSearch, SavedSearchHit
from matchmaking.notifications.services import absolute, notify

MOST_SEARCHES = 50
MOST_LINES = 10  # records that one mail names
# A publication is dated within its transaction, which may end after we have looked; so we look back this far again.
OVERLAP = timedelta(hours=1)
STOP_SALT = "finding.stop"
LONGEST_QUERY = 1000


class SearchRefused(Exception):
    """The search cannot be kept; the message says why."""


@transaction.atomic
def save_search(*, by: User, pool: Pool, query: str, name: str, frequency: str) -> SavedSearch:
    """Keep a query. Raises SearchRefused: kept already, too many, too long.

    What stands in the pool now is no news; only the newest of it has to be remembered (see OVERLAP).
    """
    query = tidy_query(query)
    if len(query) > LONGEST_QUERY:
        raise SearchRefused(_("This search is too long to be saved. Leave out some filters."))
    if SavedSearch.objects.visible_to(by).count() >= MOST_SEARCHES:
        raise SearchRefused(_("You have %(most)s saved searches already. Delete one first.") % {"most": MOST_SEARCHES})
    try:
        with transaction.atomic():
            search = SavedSearch.objects.create(user=by, pool=pool.noun, query=query, name=name, frequency=frequency)
    except IntegrityError as error:
        raise SearchRefused(_("You have saved this search already.")) from error
    _remember_what_is_there(search, pool)
    return search


@transaction.atomic
def change_search(*, search: SavedSearch, name: str, frequency: str) -> SavedSearch:
    """Rename a search or change how often it mails. One that is switched on again tells only what comes from now on."""
    locked = SavedSearch.objects.select_for_update().get(pk=search.pk)
    resumed = locked.frequency == Frequency.NEVER and frequency != Frequency.NEVER
    locked.name, locked.frequency = name, frequency
    if resumed:
        locked.checked_at = timezone.now()
    locked.save(update_fields=["name", "frequency", "checked_at"])
    pool = find_pool(locked.pool)
    if resumed and pool is not None:
        _remember_what_is_there(locked, pool)
    return locked


def drop_search(*, search: SavedSearch) -> None:
    search.delete()


def stop_mails(*, search: SavedSearch) -> None:
    """End the mails of one search; the search itself stays."""
    SavedSearch.objects.filter(pk=search.pk).update(frequency=Frequency.NEVER)


def stop_token(search: SavedSearch) -> str:
    """What a mail carries so that its reader can stop it without signing in."""
    return signing.dumps(str(search.uuid), salt=STOP_SALT, compress=False)


def search_of_token(token: str) -> SavedSearch | None:
    """The search that a mail's link names; None when it was not made here or the search is gone."""
    try:
        return SavedSearch.objects.filter(uuid=UUID(signing.loads(token, salt=STOP_SALT))).first()
    except (signing.BadSignature, ValueError):
        return None


@transaction.atomic
def tell_news(*, search_id: int) -> int:
    """Tell the owner of a search what has come into the pool since the last look; return how much.

    The person's rights are read now, not when the search was saved. Safe to run again: what a search has told of
    stands in its rows, which are unique. Nothing happens before the search is due.
    """
    search = SavedSearch.objects.select_for_update().select_related("user").filter(pk=search_id).first()
    now = timezone.now()
    if search is None or not is_due(search, now):
        return 0
    pool = find_pool(search.pool)
    since = search.checked_at - OVERLAP
    SavedSearch.objects.filter(pk=search.pk).update(checked_at=now)
    if pool is None or not search.user.is_active:
        return 0
    fresh = _matching_since(search, pool, since)
    known = set(search.hits.filter(object_id__in=list(fresh.values())).values_list("object_id", flat=True))
    news = {key: uuid for key, uuid in fresh.items() if uuid not in known}
    if not news:
        return 0
    first = SavedSearchHit.objects.bulk_create(
        [SavedSearchHit(search=search, object_id=uuid, found_at=now) for uuid in news.values()]
    )[0]
    notify(
        recipients=[search.user],
        kind="saved_search_news",
        params=_message(search, pool, list(news)),
        url=reverse("finding:saved_search_detail", args=[search.uuid]),
        dedupe_key=f"saved_search:{search.pk}:{first.pk}",
    )
    return len(news)


def is_due(search: SavedSearch, now: datetime) -> bool:
    """Once a day or once a week, counted in days of the portal."""
    if search.frequency == Frequency.NEVER:
        return False
    days = (timezone.localdate(now) - timezone.localdate(search.checked_at)).days
    return days >= (1 if search.frequency == Frequency.DAILY else 7)


def tidy_query(query: str) -> str:
    """The address of a list as it is kept: without empty values, page and pool, in a fixed order."""
    pairs = [
        (name, value)
        for name, values in QueryDict(query).lists()
        for value in sorted(values)
        if value.strip() and name not in ("page", "pool")
    ]
    tidy = QueryDict(mutable=True)
    for name, value in sorted(pairs, key=lambda pair: pair[0]):
        tidy.appendlist(name, value)
    return tidy.urlencode()


def _matching_since(search: SavedSearch, pool: Pool, since: datetime) -> dict[int, UUID]:
    """{key: uuid} of the records that came into the pool since then and that the person finds by this query now."""
    came = published_since(kind=pool.noun, verbs=pool.published, since=since)
    if not came:
        return {}
    rows = pool.rows(search.user).filter(uuid__in=came)
    keys = pool.keys(QueryDict(search.query), search.user, rows=rows)
    return dict(pool.rows(search.user).filter(pk__in=keys).values_list("pk", "uuid")) if keys else {}


def _remember_what_is_there(search: SavedSearch, pool: Pool) -> None:
    """What was published just now and is found already would be looked at again: it is no news."""
    there = _matching_since(search, pool, search.checked_at - OVERLAP)
    SavedSearchHit.objects.bulk_create(
        [SavedSearchHit(search=search, object_id=uuid, is_news=False) for uuid in there.values()],
        ignore_conflicts=True,
    )


def _message(search: SavedSearch, pool: Pool, keys: list[int]) -> dict[str, Any]:
    """What the mail says: the titles of what everybody may read, of anything else the number alone."""
    with translation.override(search.user.language):
        shown = list(pool.rows(search.user).filter(pk__in=keys).order_by("-pk")[:MOST_LINES])
        public = set(pool.rows(AnonymousUser()).filter(pk__in=[row.pk for row in shown]).values_list("pk", flat=True))
        open_to_all = pool.hits(AnonymousUser(), [row for row in shown if row.pk in public], "")
        titles = {hit.number: hit.title for hit in open_to_all}
        lines = [" ".join(filter(None, ["·", row.public_no, titles.get(row.public_no)])) for row in shown]
        if len(keys) > len(shown):
            lines.append(_("… and %(count)s more") % {"count": len(keys) - len(shown)})
    stop = absolute(reverse("finding:stop", args=[stop_token(search)]))
    return {"name": search.name, "count": len(keys), "lines": "\n".join(lines), "stop": stop}
