"""The engine beside its batches: pairs that people name, and texts that people paste.

The engine is imported inside the functions, because it loads numerical libraries that no web process needs at start.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from catalog.models import Achievement
from experts.models import Conflict, Expert, Team, TeamMember
from matchmaking.matching import snapshot
from matchmaking.matching.models import StatisticsVersion
from matchmaking.matching.nouns import Answer
from matchmaking.matching.reasons import as_json
from needs.models import TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.model import Model
    from matchmaking.engine.policy import Policy
    from matchmaking.engine.ranking import Index
    from matchmaking.engine.types import Candidate, ExpertProfile, NeedProfile, OfferProfile

_LONGEST_TITLE = 60
_reading = Lock()  # whoever asks while another thread reads waits for that one
_SEARCHED = re.compile("[\u4e00-\u9fff]{2}|[0-9a-z]{2,}")  # what the full-text search holds as one word


def model_at_once(digest: str) -> Model:
    """Return a kept fit for an answer that cannot wait for the encoders from outside: read once a process."""
    with _reading:
        return _model_at_once(digest)


@lru_cache(maxsize=2)
def _model_at_once(digest: str) -> Model:
    from matchmaking.engine.model import Model  # numerical libraries come with the first question only

    payload = StatisticsVersion.objects.values_list("payload", flat=True).get(digest=digest)
    return Model.from_bytes(bytes(payload)).plugged(None, snapshot.default_policy())


def score_pairs(pairs: Sequence[tuple[TechNeed, Answer]], model: Model, policy: Policy) -> list[dict[str, Any]]:
    """Return score, probability and reasons of named pairs, in their order: what a run stores for them, whatever their
    rank would be. The needs are loaded with their bodies and owners."""
    needs = {need.pk: need for need, _target in pairs}
    profiles = dict(zip(needs, snapshot.need_profiles(list(needs.values())), strict=True))
    found: list[dict[str, Any]] = [{} for _pair in pairs]
    for model_of_kind in (Achievement, Expert, Team):
        asked = [(at, need, target) for at, (need, target) in enumerate(pairs) if isinstance(target, model_of_kind)]
        if not asked:
            continue
        index = _index({target.pk: target for _at, _need, target in asked}, model, policy)
        scored = index.score_pairs([(profiles[need.pk], target.public_no) for _at, need, target in asked])
        for (at, _need, _target), one in zip(asked, scored, strict=True):
            reasons = as_json(one.reasons)
            found[at] = {"score": one.score, "probability": one.probability, "reasons": reasons}
    return found


def _index(targets: dict[int, Any], model: Model, policy: Policy) -> Index:
    """An index over a few targets of one kind."""
    from matchmaking.engine.ranking import Index  # numerical libraries stay out of the web process

    rows = list(targets.values())
    if isinstance(rows[0], Team):
        return Index.build(team_profiles(rows), model, policy).calibrated(None)  # no grade speaks of teams
    return snapshot.build_pool(
        "achievement" if isinstance(rows[0], Achievement) else "expert", rows, model, policy
    ).index


def team_profiles(teams: Sequence[Team]) -> list[ExpertProfile]:
    """Return the engine's view of the teams (with their owners): what they say of themselves, and the conflicts of
    whoever takes part. What a member wrote is the member's own and is matched under his own name."""
    from matchmaking.engine.types import ExpertProfile  # numerical libraries stay out of the web process

    people = {team.pk: {team.lead_id} for team in teams}
    for team_id, expert_id in TeamMember.objects.filter(team__in=people).values_list("team_id", "expert_id"):
        people[team_id].add(expert_id)
    declared: dict[int, list[str]] = defaultdict(list)
    rows = Conflict.objects.filter(expert__in=set().union(*people.values()))
    for expert_id, uscc, pk in rows.values_list("expert_id", "organisation__uscc", "organisation_id"):
        declared[expert_id].append(uscc or str(pk))
    return [
        ExpertProfile(
            key=team.public_no,
            documents=tuple(text for text in (f"{team.name}\n{team.summary}", team.achievements) if text),
            fields=tuple(team.fields),
            regions=(team.region_id,) if team.region_id else (),
            units=(team.owner.uscc or str(team.owner_id),),
            conflicts=tuple(sorted({unit for expert in people[team.pk] for unit in declared[expert]})),
        )
        for team in teams
    ]


# --- A text that somebody pastes --------------------------------------------------------------------------------


class Asking(snapshot.Counter):
    """Blocks of a pool, and what a pasted text finds in them. Against achievements and experts the text asks as a need
    does; needs are asked the other way round, whether the text answers them."""

    def block(self, kind: str, keys: Sequence[int]) -> Any:
        """Read and weigh the rows with these ids."""
        if kind != "need":
            return super().block(kind, keys)
        from matchmaking.engine.reverse import AskingNeeds  # the numerical libraries come with the first count only
        from matchmaking.engine.text import tokenise  # see above
        from matchmaking.engine.weighing import Weigher  # see above

        def tokens(text: str) -> list[str]:
            return [sys.intern(token) for token in tokenise(text)]  # the blocks share the words they have in common

        needs = list(TechNeed.objects.matched().select_related("body__owner").filter(pk__in=keys))
        return AskingNeeds.of(snapshot.need_profiles(needs), Weigher(self.model, self.policy, tokens))

    def found(self, kind: str, blocks: Sequence[Any], text: str) -> list[tuple[float, str, bool]]:
        """Return (score, number, whether it may be proposed) of everything in these blocks that shares a word with the
        text, best first."""
        listed: list[tuple[float, str, bool]] = []
        if kind == "need":
            index = self._index_of(text)
            for block in blocks:
                scores = block.scores(index)
                listed += zip(scores.tolist(), block.keys, block.above_floor(index, scores).tolist(), strict=True)
        else:
            for block in blocks:
                [ranking] = block.rank([_as_need(text)], top=len(block.targets), explain=False)
                listed += [(one.score, one.target, one.above_floor) for one in ranking.candidates]
        return sorted((one for one in listed if one[0] > 0.0), key=lambda one: (-one[0], one[1]))

    def said(self, kind: str, rows: Sequence[Any], text: str) -> dict[str, tuple[tuple[str, ...], str]]:
        """Return {number: (wordings that the text shares with the record, the sentence they stand in)}."""
        from matchmaking.engine.ranking import Index  # see above

        if not rows:
            return {}
        if kind == "need":
            needs = snapshot.need_profiles(rows)
            pairs = self._index_of(text).score_pairs([(need, _KEY) for need in needs])
            quoted = [_wordings(one, of_need=True) for one in pairs]
            return {need.key: one for need, one in zip(needs, quoted, strict=True)}
        profiles: Any = snapshot.offer_profiles(rows) if kind == "achievement" else snapshot.expert_profiles(rows)
        bare = replace(self.model, references={})  # wordings do not depend on what answers everybody
        index = Index.build(profiles, bare, self.policy, weigher=self._weigher)
        scored = index.score_pairs([(_as_need(text), profile.key) for profile in profiles])
        return {one.target: _wordings(one, of_need=False) for one in scored}

    def telling(self, text: str, kind: str, most: int) -> list[tuple[str, float]]:
        """Return the words of a text that say most in a pool, with the share of its texts that hold them: for choosing
        among more records than can be weighed. A word that no text of the pool held at the last fit chooses nothing."""
        from matchmaking.engine.statistics import Kind  # see above
        from matchmaking.engine.text import tokenise  # see above

        of_kind = {"achievement": Kind.OFFER, "expert": Kind.DOCUMENT, "need": Kind.NEED}[kind]
        statistics = self.model.statistics
        counts, texts = statistics.counts[of_kind], max(statistics.texts[of_kind], 1)
        found = {token: n for token, n in Counter(tokenise(text)).items() if _SEARCHED.fullmatch(token)}
        held = {token: counts[row] / texts for token in found if (row := statistics.rows.get(token)) is not None}
        known = [token for token, share in held.items() if share]
        known.sort(key=lambda token: (-found[token] * statistics.idf(token), token))
        return [(token, held[token]) for token in known[:most]]

    def _index_of(self, text: str) -> Index:
        """The text as the only answer there is."""
        from matchmaking.engine.ranking import Index  # see above

        return Index.build([_as_offer(text)], self.model, self.policy, weigher=self._weigher)


_KEY = "asked"


def _as_need(text: str) -> NeedProfile:
    from matchmaking.engine.types import NeedProfile  # see above

    title, rest = _split(text)
    return NeedProfile(key=_KEY, title=title, problem=rest)


def _as_offer(text: str) -> OfferProfile:
    from matchmaking.engine.types import OfferProfile  # see above

    title, rest = _split(text)
    return OfferProfile(key=_KEY, title=title, summary=rest)


def _split(text: str) -> tuple[str, str]:
    """A short first line above others is a title; a line alone is one too."""
    first, _end, rest = text.strip().partition("\n")
    return (first.strip(), rest.strip()) if len(first) <= _LONGEST_TITLE else ("", text.strip())


def _wordings(one: Candidate, *, of_need: bool) -> tuple[tuple[str, ...], str]:
    """What the line of the texts says, and the first sentence of the record that holds some of it."""
    for reason in one.reasons:
        if reason.signal == "text":
            terms: Any = reason.params["terms"]
            wordings = tuple(wording for wording, _weight in terms)
            quotes = [quote.text for quote in (reason.need_quotes if of_need else reason.offer_quotes)]
            return wordings, next((text for text in quotes if any(word in text for word in wordings)), "")
    return (), ""
