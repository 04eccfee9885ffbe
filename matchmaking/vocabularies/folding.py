"""One spelling for what a person means by the same code name."""

import re
import unicodedata

_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\s\-‐‑–—―~～_/.,、·:;]+(?=[0-9])")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_DROPPED = re.compile(r"[\s\u200b\ufeff\-‐‑–—―~～_/\\.,。，、·•:：;；“”‘’\"'`()（）\[\]【】《》「」!！?？*]+")
_KEPT_MARK = "\ue000"  # private use: no blank, no punctuation, nobody types it


def fold(text: object) -> str:
    """Fold width, case, blanks and punctuation; a separator between digits stays one, so that 10-50 is not 1050."""
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    folded = _BETWEEN_DIGITS.sub(_KEPT_MARK, _THOUSANDS.sub("", folded))
    return _DROPPED.sub("", folded).replace(_KEPT_MARK, "-")
