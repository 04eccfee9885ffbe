"""Counting terms: the same tokens as `tokenise`, in the same order, whatever the text."""

import pickle
from collections import Counter
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from matchmaking.engine.kernel import tokens as module
from matchmaking.engine.kernel.tokens import Vocabulary
from matchmaking.engine.text import tokenise

TRICKY = st.text(
    "eginsd需求耐磨ＡａΑΣσßﬁ５0123456789.,，。 \0\nμµ×–mMhHzpP\u0301\u3099かカｶﾞ한ﾡ각ᄀ㎜㎏Ⅷ①½İ\u2126\U00020000\ud800é",
    max_size=40,
)
ANY = st.text(st.characters(), max_size=30)


def counted(texts):
    vocabulary = Vocabulary()
    found = vocabulary.count(texts)
    names = vocabulary.tokens()
    bounds = found.starts.tolist()
    return [
        {names[term]: int(count) for term, count in zip(found.terms[a:b], found.counts[a:b], strict=True)}
        for a, b in pairwise(bounds)
    ], found.lengths.tolist()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(TRICKY, ANY), max_size=6))
@example(
    [
        "",
        "\0",
        "ΟΔΟΣ",
        "Σ",
        "1,000",
        "5",
        "MPa",
        "抗拉强度≥500MPa",
        "1.5.2a",
        "a.5",
        ".5",
        "5.",
        "á",
        "coating coatings coated",
    ]
)
@example(["か", "\u3099", "e", "\u0301", "ᄀ", "ᅡ"])
def test_terms_and_counts_are_those_of_tokenise(texts):
    found, lengths = counted(texts)
    wanted = [tokenise(text) for text in texts]
    assert [list(text.items()) for text in found] == [list(Counter(text).items()) for text in wanted]
    assert lengths == [len(text) for text in wanted]


def test_every_character_is_cut_alike():
    letters = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    texts = ["".join(letters[start : start + 97]) for start in range(0, len(letters), 97)]
    texts += ["中".join(letters[start : start + 97]) for start in range(0, 0x4000, 97)]
    found, _ = counted(texts)
    assert all(one == Counter(tokenise(text)) for one, text in zip(found, texts, strict=True))


def test_many_pieces_and_a_growing_table_change_nothing(monkeypatch):
    texts = [f"轴承{number:x}磨损{chr(0x4E00 + number)}测试word{number}" for number in range(20_000)]
    whole, _ = counted(texts)
    monkeypatch.setattr(module, "_PIECE", 1_000)
    assert counted(texts)[0] == whole
    assert whole[77] == Counter(tokenise(texts[77]))


def test_words_with_one_hash_stay_apart():
    from matchmaking.engine.kernel import token_loops

    vocabulary = Vocabulary()
    vocabulary.count(["gamma"])
    vocabulary._keys[0] = token_loops._word_key(module._letters(["delta"]), 0, 5)
    vocabulary._table[:] = -1
    token_loops.rebuild(vocabulary._table, vocabulary._keys, 1)
    assert vocabulary.count(["delta"]).terms.tolist() == [1]
    assert vocabulary.tokens() == ["gamma", "delta"]


def test_vocabularies_of_several_processes_join():
    texts = ["耐磨涂层 abc 1.5", "涂层开裂 xyz", "abc 耐磨"]
    one, two = Vocabulary(), pickle.loads(pickle.dumps(Vocabulary()))  # noqa: S301
    first, second = one.count(texts[:1]), two.count(texts[1:])
    joined = second.renumbered(one.join(two))
    names = one.tokens()
    assert one.numbers == {name: number for number, name in enumerate(names)}
    assert len(names) == len(set(names))
    assert [names[term] for term in first.terms] == list(Counter(tokenise(texts[0])))
    assert [names[term] for term in joined.terms[: joined.starts[1]]] == list(Counter(tokenise(texts[1])))
