"""Finding: which pools there are, and what its messages say."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FindingConfig(AppConfig):
    name = "matchmaking.finding"

    def ready(self) -> None:
        from catalog.pool import POOL as ACHIEVEMENTS  # the app registry is loaded by now
        from experts.pool import POOL as EXPERTS  # as above
        from experts.teams.pool import POOL as TEAMS  # as above
        from matchmaking.common.pool_registry import register_pool
        from matchmaking.finding import privacy
        from matchmaking.notifications.kinds import register_kind
        from needs.pool import POOL as NEEDS  # as above
        from needs.talent.pool import POOL as TALENT_POSTS  # as above

        for pool in (ACHIEVEMENTS, NEEDS, EXPERTS, TALENT_POSTS, TEAMS):
            register_pool(pool)
        privacy.register()
        register_kind("saved_search_news", subject=SUBJECT, body=BODY, params=("name", "count", "lines", "stop"))


SUBJECT = _("%(count)s new: %(name)s")
BODY = _(
    "Your saved search “%(name)s” has found what is new: %(count)s.\n\n%(lines)s\n\n"
    "No longer wanted? Stop the mails of this search:\n%(stop)s"
)
