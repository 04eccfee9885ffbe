"""Marks of state secrets in a text: such a text must not be stored here at all, not even unsaved."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

# 保守国家秘密法: 绝密, 机密, 秘密, with or without ★. Trade and technical secrets, the confidentiality of data, and the
# declaration that something is not secret are everyday words and pass.
_SECRET = re.compile(
    r"绝密|(?<!商业)(?<!技术)机密(?!性|计算)|秘密[★☆*]|秘密级|军事秘密|(?<![不未无]涉及)国家秘密|(?<![不非未无])涉密"
)
_GAPS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
MARKED = _("“%(mark)s” marks a state secret. Such content must not be entered on this platform.")


def secret_mark(text: str) -> str:
    """Return the first mark in a text as it is read without gaps and forms of width; empty when there is none."""
    hit = _SECRET.search(_GAPS.sub("", unicodedata.normalize("NFKC", text)))
    return hit.group() if hit else ""
