"""Experts as a workbook, in the columns of the official form (records.md §3.5); private fields are no columns.

The form is a Chinese document, so headers and words are Chinese whatever the language of the page.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import F
from django.http import HttpResponseBase
from django.utils import translation

from experts.models import Expert
from experts.presenting import words
from matchmaking.accounts.privacy.ledger import Named, mark_of, note_export
from matchmaking.common.exporting import workbook_response
from matchmaking.common.pools import in_batches
from matchmaking.vocabularies.selectors import region_label

BATCH = 500


def _words(name: str) -> Callable[[Expert], Any]:
    return lambda expert: words(expert, name)


COLUMNS: list[tuple[str, int, Callable[[Expert], Any]]] = [
    ("编号", 16, lambda expert: expert.public_no),
    ("姓名", 12, lambda expert: expert.name),
    ("工作单位", 30, lambda expert: expert.organisation.name if expert.organisation else "独立专家"),
    ("所在省市", 12, lambda expert: region_label(expert.region_id)),
    ("职称", 12, _words("title")),
    ("职务", 16, _words("position")),
    ("学历学位", 12, _words("education")),
    ("专家类型", 16, _words("expert_kinds")),
    ("专业领域", 30, _words("fields")),
    ("学科", 24, _words("disciplines")),
    ("行业经验", 30, _words("industries")),
    ("研究方向", 60, _words("directions")),
    ("代表成果", 50, _words("works")),
    ("服务意向", 24, _words("services")),
    ("可服务地区", 24, _words("regions")),
    ("任期起", 12, lambda expert: expert.term_from),
    ("任期止", 12, lambda expert: expert.term_to),
    ("状态", 12, lambda expert: expert.get_state_display()),
]


def response(filename: str, keys: Sequence[int], user: Any) -> HttpResponseBase:
    """Return the experts with these keys, in their order, as a download. Raises ExportTooLarge."""
    headers = [(header, width) for header, width, _cell in COLUMNS]
    named: list[Named] = []
    with translation.override("zh-hans"):
        made = workbook_response(filename, headers, _rows(keys, user, named), sheet="专家库", mark=mark_of(user))
    note_export(kind="expert", rows=named, shown_to=user)
    return made


def _rows(keys: Sequence[int], user: Any, named: list[Named]) -> Iterator[list[Any]]:
    """A few queries for every 500; what leaves the pool meanwhile is left out. `named` takes up who is in it."""
    seen = Expert.objects.visible_to(user).select_related("organisation").annotate(account=F("body__user"))
    seen = seen.prefetch_related("works")
    for expert in in_batches(seen, keys, BATCH):
        named.append((expert.account, expert.uuid, expert.public_no))
        yield [cell(expert) for _h, _w, cell in COLUMNS]
