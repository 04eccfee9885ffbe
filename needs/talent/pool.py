"""The talent posts as one of the pools that are searched together and saved as searches."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matchmaking.common.labels import label
from matchmaking.common.pool_registry import Hit, Pool
from matchmaking.common.snippets import marks
from needs.talent import selectors
from needs.talent.filters import TalentPostFilter
from needs.talent.models import TalentPost
from needs.talent.rules import KIND


def _filter(data: Any, rows: QuerySet[TalentPost], user: Any) -> TalentPostFilter:
    return TalentPostFilter(data, queryset=rows, request=SimpleNamespace(user=user))


def _hits(user: Any, posts: Sequence[TalentPost], text: str) -> list[Hit]:
    found = []
    for row in selectors.shown(user, posts):
        post = row.post
        enterprise = row.enterprise.name if row.enterprise else _("owner not public")
        facts = (enterprise, str(post.region), label("POST_KIND", post.post_kind), label("HNTE8", post.tech_field))
        terms = marks(text, post.title) if text else []
        found.append(Hit(post.title, post.get_absolute_url(), post.public_no, tuple(filter(None, facts)), terms=terms))
    return found


POOL = Pool(
    noun=KIND,
    label=gettext_lazy("Talent posts"),
    icon="briefcase",
    list_route="talent:talent_post_list",
    rows=selectors.pool,
    filter=_filter,
    hits=_hits,
    published=("post.published",),
)
