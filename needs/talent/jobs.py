"""Work of this app that runs by itself: posts whose closing date has passed leave the list."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matchmaking.common.workflow import StaleState
from matchmaking.jobs.context import JobContext
from matchmaking.jobs.registry import handler
from matchmaking.jobs.schedule import daily_at, periodic
from needs.talent.enums import PostState
from needs.talent.models import TalentPost
from needs.talent.services import expire_talent_post

CHUNK = 50


@periodic("expire_talent_posts", every=daily_at(0, 30))
@handler("expire_talent_posts", label=_("Talent posts past their closing date"), unit=_("talent posts"))
def expire_talent_posts(job: JobContext) -> dict[str, int]:
    """Expire every published post whose day is over. Safe to run again: expired ones are gone."""
    today = timezone.localdate()
    start = job.cursor or 0
    expired = 0
    while True:
        due = TalentPost.objects.filter(state=PostState.PUBLISHED, open_until__lt=today, pk__gt=start)
        posts = list(due.select_related("body").order_by("pk")[:CHUNK])
        if not posts:
            return {"expired": expired}
        with job.chunk() as chunk:
            for post in posts:
                expired += _expire(post)
            chunk.advance(len(posts))
            start = chunk.cursor = posts[-1].pk


def _expire(post: TalentPost) -> int:
    try:
        expire_talent_post(post=post)
    except StaleState:  # the owner was faster
        return 0
    return 1
