"""Work of this app that runs by itself: posts whose closing date has passed leave the list."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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
    over = TalentPost.objects.filter(state=PostState.PUBLISHED, open_until__lt=timezone.localdate())
    expired = job.through(over.select_related("body"), lambda post: expire_talent_post(post=post), most=CHUNK)
    return {"expired": expired}
