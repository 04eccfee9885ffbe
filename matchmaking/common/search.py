"""Chinese full-text search in PostgreSQL without an extension: we cut the text, the database stores and counts.

The index holds every pair of neighbouring Chinese characters, the longer words a dictionary finds in them, and Latin
words and numbers. The pairs make every term findable that no dictionary knows yet; the words let 动力电池 also find
动力锂电池. Both sides are folded (NFKC, lower case) and go through the configuration `simple` in plain blanks, so that
no input can be a syntax error.

What stands in quotation marks, “…” or "…", is meant as it is written: the index finds the records that hold all its
pairs, and their text is looked at for the phrase itself (`phrases`, `holds`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version

from django.contrib.postgres.search import CombinedSearchVector, SearchQuery, SearchVector
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Contains

from matchmaking.common.reading import visible_text

# Stored vectors were cut by these rules and this dictionary; when it changes, they are to be written anew.
DICTIONARY_VERSION = f"1/{version('rjieba')}"
LONGEST_TEXT = 50_000
LONGEST_QUERY = 200
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_HAN}]+|[0-9a-z\u00df-\u02af\u0370-\u052f]+(?:\\.[0-9]+)*")
_CONFIG = "simple"
_LONGEST_WORD = 60
_QUOTED = re.compile('["“”]([^"“”]+)["“”]')  # NFKC has made “＂” a plain one by then


def tokens_for_index(text: str) -> str:
    """The tokens of a text in its order, separated by blanks, as the search vector counts them."""
    return " ".join(_index_tokens(text[:LONGEST_TEXT]))


def search_vector(text_by_weight: Mapping[str, str]) -> SearchVector | CombinedSearchVector:
    """An expression for a search vector column; the keys are the weights A (a title) to D.

    What is longer than LONGEST_TEXT in all is cut off: a vector of more than a megabyte is an error of the database.
    To rank by a stored vector give `SearchRank` an `F("search_vector")`; a bare name would be cut and weighed anew.
    """
    left = LONGEST_TEXT
    whole: SearchVector | CombinedSearchVector | None = None
    for weight, text in sorted(text_by_weight.items()):
        tokens = tokens_for_index((text or "")[:left])
        left -= min(left, len(text or ""))
        part = SearchVector(Value(tokens), weight=weight, config=_CONFIG)
        whole = part if whole is None else whole + part  # type: ignore[assignment]  # two vectors make a vector
    return SearchVector(Value(""), config=_CONFIG) if whole is None else whole


def search_query(text: str) -> SearchQuery:
    """A query for all words of the text; it finds nothing when the text has none (see `has_terms`)."""
    return SearchQuery(" & ".join(dict.fromkeys(_terms(text))), config=_CONFIG, search_type="raw")


def query_of_any(words: Iterable[str]) -> SearchQuery:
    """A query for any of these words: runs of letters or pairs of Chinese characters, as the index holds them."""
    terms = [f"'{run}'" for word in words for run in _runs(word) if len(run) <= (2 if _is_han(run) else _LONGEST_WORD)]
    return SearchQuery(" | ".join(dict.fromkeys(terms)), config=_CONFIG, search_type="raw")


def has_terms(text: str) -> bool:
    """Whether there is anything in the text to search for; without, a list shows everything."""
    return any(True for _ in _runs(text[:LONGEST_QUERY]))


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, lower case, without invisible characters."""
    return unicodedata.normalize("NFKC", visible_text(text)).lower()


def phrases(text: str) -> list[str]:
    """The quoted phrases of a query, folded, with one blank between words; each has something to search for."""
    quoted = (" ".join(match[1].split()) for match in _QUOTED.finditer(fold(text[:LONGEST_QUERY])))
    return [phrase for phrase in dict.fromkeys(quoted) if _RUN.search(phrase)]


def holds(column: str, phrase: str) -> Q:
    """Whether a text column holds a folded phrase.

    Chinese characters stand in a text as they are. Anything else may be written wide or in capitals; folding that in
    the database takes ten times as long as looking, so it is tried where lowering finds nothing.
    """
    if _is_han(phrase) and _RUN.fullmatch(phrase):
        return Q(Contains(F(column), Value(phrase)))
    return Q(Contains(Lower(column), Value(phrase))) | Q(Contains(Folded(F(column)), Value(phrase)))


class Joined(Func):
    """Several text columns as one text, one below the other; no phrase goes from one to the next."""

    function = "concat_ws"
    template = "%(function)s(E'\\n', %(expressions)s)"
    output_field = TextField()


class ArrayText(Func):
    """The words of an array column, as a text."""

    function = "array_to_string"
    template = "%(function)s(%(expressions)s, E'\\n')"
    output_field = TextField()


class Folded(Func):
    """A text as `fold` leaves it (but for invisible characters), with single blanks."""

    template = "regexp_replace(lower(normalize(%(expressions)s, NFKC)), '[ \\t]+', ' ', 'g')"
    output_field = TextField()


def words(text: str) -> list[str]:
    """The words of a query as a reader would have them marked: phrases, then runs of letters, then words in them."""
    import rjieba  # see below

    unquoted = _QUOTED.sub(" ", fold(text[:LONGEST_QUERY]))
    runs = list(_runs(unquoted))
    parts = [part for run in runs if _is_han(run) for part in rjieba.cut(run)]
    return list(dict.fromkeys([*phrases(text), *runs, *(part for part in parts if len(part) > 1)]))


def _runs(text: str) -> Iterator[str]:
    for match in _RUN.finditer(fold(text)):
        yield match[0]


def _is_han(run: str) -> bool:
    return run[0] >= "\u3007"


def _index_tokens(text: str) -> Iterator[str]:
    import rjieba  # its dictionary takes a tenth of a second, which only those who search or write should pay

    for run in _runs(text):
        if not _is_han(run):
            yield run[:_LONGEST_WORD]
            continue
        yield from (run[at : at + 2] for at in range(len(run) - 1))
        yield run[-1]  # with it, every character begins some token, which is how a single one is searched
        yield from (word for word in rjieba.cut_for_search(run) if 2 < len(word) <= _LONGEST_WORD)


def _terms(text: str) -> Iterator[str]:
    for place, part in enumerate(_QUOTED.split(fold(text[:LONGEST_QUERY]))):
        for run in _runs(part):
            if not _is_han(run):
                yield f"'{run[:_LONGEST_WORD]}'" + (":*" if len(run) > 2 and not run[0].isdigit() else "")
            elif place % 2 and len(run) > 1:  # between quotation marks
                yield _pairs(run)
            else:
                yield from _loosely(run)


def _loosely(run: str) -> Iterator[str]:
    import rjieba  # see above

    found = rjieba.cut(run)
    if len(run) > 1 and all(len(word) == 1 for word in found):  # no words to the dictionary: meant as it stands
        yield _pairs(run)
        return
    for word in found:
        yield _word(word, rjieba.cut_for_search(word))


def _pairs(run: str) -> str:
    return " & ".join(f"'{run[at : at + 2]}'" for at in range(len(run) - 1))


def _word(word: str, parts: list[str]) -> str:
    """A Chinese word as a term: itself, or the pairs it is made of, or at least all its pairs.

    Only pairs, since they stand in the index wherever the characters stand in the text, however it was cut there.
    """
    if len(word) == 1:
        return f"'{word}':*"
    if len(word) == 2:
        return f"'{word}'"
    pairs = [part for part in parts if len(part) == 2]
    if set(word) - set("".join(pairs)):
        pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    made_of = " & ".join(f"'{pair}'" for pair in dict.fromkeys(pairs))
    return f"('{word}' | ({made_of}))"
