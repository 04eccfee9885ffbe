"""ORM rows → engine values: a handful of queries, whatever the number of records.

The engine is imported inside functions, here and in the other modules that may (pyproject.toml): no web process needs
its numerical libraries at the start.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Max, Sum

from catalog.models import Achievement, AchievementIndicator, CompletingUnit
from experts.models import Conflict, Expert, ExpertWork
from matchmaking.matching import outside
from matchmaking.matching.automatic import matched
from matchmaking.matching.models import RankingModel
from matchmaking.programmes.models import Visibility
from needs.models import NeedIndicator, TechNeed

if TYPE_CHECKING:
    from matchmaking.engine.model import Model
    from matchmaking.engine.policy import Policy
    from matchmaking.engine.ranking import Index
    from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile
    from matchmaking.engine.weighing import Weigher

_INDICATOR = ("name", "operator", "value", "value_high", "unit", "text", "must")
_WRITTEN = (
    "title", "goal", "problem", "tried", "background", "basis", "chain_link", "tech_field", "industry", "budget_band",
)  # fmt: skip
_TEXTS_REMEMBERED = 64
SLICE = 2_000  # records of a pool read at a time


def default_policy() -> Policy:
    """The policy to rank by now: the one learned from grades that is in use, or that of the engine."""
    from matchmaking.engine.policy import Policy  # numerical libraries stay out of the web process

    plain = Policy()
    live = RankingModel.objects.live(plain.version).values_list("policy", flat=True).first()
    return plain if live is None else Policy.from_dict(live)


def policy_from(values: dict[str, Any]) -> Policy:
    from matchmaking.engine.policy import Policy  # numerical libraries stay out of the web process

    return Policy.from_dict(values)


def need_profiles(needs: Sequence[TechNeed]) -> list[NeedProfile]:
    """Return the engine's view of the needs (loaded with their bodies), in their order."""
    from matchmaking.engine.types import NeedProfile  # numerical libraries stay out of the web process

    indicators = _indicators(NeedIndicator.objects.filter(body__in=[need.pk for need in needs]), "body_id")
    return [
        NeedProfile(
            key=need.public_no,
            title=need.title,
            goal=need.body.goal,
            problem=_joined(need.body.problem, need.body.tried),
            background=_joined(need.body.background, need.body.basis),
            indicators=indicators[need.pk],
            chain=(need.body.chain_link,) if need.body.chain_link else (),
            tech_field=need.tech_field,
            industry=need.industry,
            trl=need.target_trl,
            region=need.region_id,
            coop_modes=tuple(need.coop_modes),
            budget_band=need.budget_band,
            due_months=need.due_months,
            owner=need.body.owner.uscc or str(need.body.owner_id),
        )
        for need in needs
    ]


def offer_profiles(achievements: Sequence[Achievement]) -> list[OfferProfile]:
    """Return the engine's view of the achievements, in their order."""
    from matchmaking.engine.types import OfferProfile  # numerical libraries stay out of the web process

    keys = [achievement.pk for achievement in achievements]
    indicators = _indicators(AchievementIndicator.objects.filter(achievement__in=keys), "achievement_id")
    units: dict[int, list[str]] = defaultdict(list)
    rows = CompletingUnit.objects.filter(achievement__in=keys).order_by("achievement_id", "position")
    for key, uscc, pk in rows.values_list("achievement_id", "organisation__uscc", "organisation_id"):
        units[key].append(uscc or str(pk))
    return [
        OfferProfile(
            key=achievement.public_no,
            title=achievement.title,
            summary=achievement.summary,
            key_points=achievement.key_points,
            problem_solved=achievement.problem_solved,
            keywords=tuple(achievement.keywords),
            applications=tuple(achievement.applications),
            application_text=achievement.application_text,
            indicators=indicators[achievement.pk],
            tech_field=achievement.tech_field,
            discipline=achievement.discipline,
            trl=achievement.trl,
            region=achievement.region_id,
            coop_modes=tuple(achievement.coop_modes),
            price_band=achievement.price_band,
            units=tuple(units[achievement.pk]),
        )
        for achievement in achievements
    ]


def expert_profiles(experts: Sequence[Expert]) -> list[ExpertProfile]:
    """Return the engine's view of the experts: directions first, then one document per work."""
    from matchmaking.engine.types import ExpertProfile  # numerical libraries stay out of the web process

    keys = [expert.pk for expert in experts]
    works: dict[int, list[str]] = defaultdict(list)
    for key, title in (
        ExpertWork.objects.filter(expert__in=keys).order_by("expert_id", "position").values_list("expert_id", "title")
    ):
        works[key].append(title)
    conflicts: dict[int, list[str]] = defaultdict(list)
    for key, uscc, pk in Conflict.objects.filter(expert__in=keys).values_list(
        "expert_id", "organisation__uscc", "organisation_id"
    ):
        conflicts[key].append(uscc or str(pk))
    return [
        ExpertProfile(
            key=expert.public_no,
            documents=tuple(text for text in (expert.directions, *works[expert.pk]) if text),
            fields=tuple(expert.fields),
            industries=tuple(expert.industries),
            regions=tuple(expert.regions),
            units=(expert.organisation.uscc or str(expert.organisation_id),) if expert.organisation else (),
            conflicts=tuple(sorted(conflicts[expert.pk])),
        )
        for expert in experts
    ]


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _indicators(rows: Any, owner: str) -> dict[int, tuple]:
    from matchmaking.engine.types import Indicator  # numerical libraries stay out of the web process

    found: dict[int, list] = defaultdict(list)
    for row in rows.order_by(owner, "position", "pk"):
        found[getattr(row, owner)].append(
            Indicator(
                name=row.name,
                operator=row.operator,
                value=row.value,
                value_high=row.value_high,
                unit=row.unit,
                text=row.text,
                must=getattr(row, "must", True),
            )
        )
    return defaultdict(tuple, {key: tuple(values) for key, values in found.items()})


# --- The pools as indexes, built once per process and state of the pool -----------------------------------------


@dataclass(frozen=True)
class Pool:
    """An index over one kind of target, and the way between the engine's keys (public numbers) and the rows."""

    kind: str
    index: Index
    ids: dict[str, int]
    numbers: dict[int, str]
    text_versions: dict[str, int]


def pool_stamp(kind: str) -> tuple:
    """A value that changes whenever a record enters, leaves or changes the pool of a kind."""
    rows = pool_rows(kind)
    found = rows.aggregate(n=Count("pk"), last=Max("updated_at"), ids=Sum("pk"), versions=Sum("text_version"))
    return tuple(found.values())


def pool(kind: str, model: Model, policy: Policy) -> Pool:
    """Return the index over all records of a kind that may be proposed, from memory while the pool is unchanged."""
    return _pool(kind, pool_stamp(kind), model.digest, policy.digest, _Held(model, policy))


class _Held:
    """Carries what builds the index through the cache without being part of its key."""

    def __init__(self, model: Model, policy: Policy) -> None:
        self.model, self.policy = model, policy

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


@lru_cache(maxsize=4)
def _pool(kind: str, stamp: tuple, model_digest: str, policy_digest: str, held: _Held) -> Pool:
    return build_pool(kind, list(pool_rows(kind).order_by("public_no")), held.model, held.policy)


def build_pool(
    kind: str,
    rows: Sequence[Achievement] | Sequence[Expert],
    model: Model,
    policy: Policy,
    *,
    tokens: Callable[[str], list[str]] | None = None,
    weigher: Weigher | None = None,
    threads: int = 1,
) -> Pool:
    """Index the given rows; used directly when one new record is held against all needs."""
    from matchmaking.engine.ranking import Index  # numerical libraries stay out of the web process
    from matchmaking.engine.text import tokenise  # see above

    profiles = offer_profiles(rows) if kind == "achievement" else expert_profiles(rows)  # type: ignore[arg-type]
    return Pool(
        kind,
        Index.build(profiles, model, policy, tokens=tokens or tokenise, weigher=weigher, threads=threads),
        {row.public_no: row.pk for row in rows},
        {row.pk: row.public_no for row in rows},
        {row.public_no: row.text_version for row in rows},
    )


def weigher(model: Model, policy: Policy) -> Weigher:
    from matchmaking.engine.weighing import Weigher  # numerical libraries stay out of the web process

    return Weigher(model, policy)


def pool_rows(kind: str) -> Any:
    """The records of a pool as their profiles read them, without those of whoever opted out of the engine."""
    if kind == "achievement":
        return matched(Achievement).defer("search_vector")
    if kind == "need":
        needs = matched(TechNeed).select_related("body__owner")
        return needs.defer("search_vector", "body__search_vector")
    return matched(Expert).select_related("organisation").defer("search_vector")


# --- Blocks of a pool, in which the clinic counts ---------------------------------------------------------------


def drafted_profile(
    values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], *, region: str | None, owner: str
) -> NeedProfile:
    """Return the engine's view of a need that is being written: fields and indicator rows as a form gives them."""
    from matchmaking.engine.types import NeedProfile  # numerical libraries come with the first count only

    text = {name: str(values.get(name) or "") for name in _WRITTEN}
    return NeedProfile(
        key="draft",
        title=text["title"],
        goal=text["goal"],
        problem=_joined(text["problem"], text["tried"]),
        background=_joined(text["background"], text["basis"]),
        indicators=_stated(rows),
        chain=(text["chain_link"],) if text["chain_link"] else (),
        tech_field=text["tech_field"],
        industry=text["industry"],
        trl=values.get("target_trl"),
        region=region or "",
        coop_modes=tuple(values.get("coop_modes") or ()),
        budget_band=text["budget_band"],
        due_months=values.get("due_months"),
        owner=owner,
    )


def with_indicators(need: NeedProfile, rows: Sequence[Mapping[str, Any]]) -> NeedProfile:
    """Return the need with these indicator rows in place of its own."""
    return replace(need, indicators=_stated(rows))


def _stated(rows: Sequence[Mapping[str, Any]]) -> tuple:
    from matchmaking.engine.types import Indicator  # see above

    return tuple(Indicator(**{name: row[name] for name in _INDICATOR if row.get(name) is not None}) for row in rows)


class Counter:
    """Counts in blocks of a pool. The words of a need are weighed once and not once a block, and a block keeps only
    what a count reads: a quarter of what ranking with reasons needs."""

    def __init__(self, model: Model, policy: Policy) -> None:
        from matchmaking.engine.weighing import Remembering  # the numerical libraries come with the first count only

        self.model, self.policy = model, policy
        self._weigher = Remembering(model, policy, most=_TEXTS_REMEMBERED)

    def block(self, kind: str, keys: Sequence[int]) -> Index:
        """Read and index the rows with these ids."""
        from matchmaking.engine.text import tokenise  # see above

        def tokens(text: str) -> list[str]:
            return [sys.intern(token) for token in tokenise(text)]  # the blocks share the words they have in common

        rows = list(pool_rows(kind).filter(pk__in=keys))
        index = build_pool(kind, rows, self.model, self.policy, tokens=tokens, weigher=self._weigher).index
        bare = tuple(replace(target, **_wordless(target)) for target in index.targets)
        return replace(index, targets=bare, terms=index.terms.for_reading(), explainer=None)  # type: ignore[arg-type]

    @staticmethod
    def strong(blocks: Iterable[Index], needs: Sequence[NeedProfile]) -> list[list[tuple[float, str]]]:
        """Return for every need the (score, key) of all targets above the floor, best first."""
        numbered = [replace(need, key=str(place)) for place, need in enumerate(needs)]
        found: list[list[tuple[float, str]]] = [[] for _need in needs]
        for index in blocks:
            rankings = index.rank(numbered, top=len(index.targets), explain=False)
            for ranking, kept in zip(rankings, found, strict=True):
                kept += [(one.score, one.target) for one in ranking.candidates if one.above_floor]
        return [sorted(kept, key=lambda pair: (-pair[0], pair[1])) for kept in found]


def _wordless(target: Any) -> dict[str, Any]:
    """The texts of a target, emptied."""
    if hasattr(target, "documents"):
        return {"documents": ()}
    return {"title": "", "summary": "", "key_points": "", "problem_solved": "", "application_text": "", "keywords": ()}


def count_stamps(kind: str, size: int) -> list[tuple[int, tuple]]:
    """Return (block, stamp) for the blocks of `size` ids of a pool; the stamp changes whenever a row of it does.

    Achievements shown to invited ones only are left out: a count that moves with every word would tell what stands in
    them.
    """
    rows = _counted_rows(kind).annotate(block=F("pk") / size).values("block")
    found = rows.annotate(n=Count("pk"), ids=Sum("pk"), last=Max("updated_at"), texts=Sum("text_version"))
    return [(row["block"], (row["n"], row["ids"], row["last"], row["texts"])) for row in found.order_by("block")]


def block_keys(kind: str, block: int, size: int) -> list[int]:
    """Return the ids of a block, in order."""
    rows = _counted_rows(kind).filter(pk__gte=block * size, pk__lt=(block + 1) * size)
    return list(rows.order_by("public_no").values_list("pk", flat=True))


def at_most(kind: str, most: int) -> bool:
    """Whether a pool holds no more records than that; looks at one more at most."""
    return _counted_rows(kind)[: most + 1].count() <= most


def of_numbers(kind: str, numbers: Iterable[str]) -> list[Any]:
    """Return the records with these numbers as their profiles read them."""
    return list(pool_rows(kind).filter(public_no__in=list(numbers)).order_by("public_no"))


def _counted_rows(kind: str) -> Any:
    return pool_rows(kind).exclude(visibility=Visibility.INVITED).order_by()


def fit_model(alive: Callable[[], None] = lambda: None, *, learning: bool = True) -> Model:
    """Fit a model on all records that are matched now; `alive` is called every few seconds of work. Without `learning`
    the words decide alone."""
    from matchmaking.engine.model import fit  # numerical libraries stay out of the web process

    records = (
        _profiles("achievement", offer_profiles, alive),
        _profiles("expert", expert_profiles, alive),
        _profiles("need", need_profiles, alive),
    )
    return fit(*records, alive=alive, sentences=outside.sentences(), reader=outside.reader(), learning=learning)


def _profiles(kind: str, make: Callable[[list[Any]], list[Any]], alive: Callable[[], None]) -> list[Any]:
    """The engine's view of a whole pool in the order of the numbers, read in slices: texts stay, rows do not."""
    found: list[Any] = []
    rows = list(pool_rows(kind).order_by("public_no")[:SLICE])
    while rows:
        found += make(rows)
        alive()
        rows = list(pool_rows(kind).filter(public_no__gt=rows[-1].public_no).order_by("public_no")[:SLICE])
    return found


def read_model(payload: bytes | memoryview) -> Model:
    """Read what was frozen, with the encoders from outside it was fitted with."""
    return _read_model(bytes(payload))


@lru_cache(maxsize=2)
def _read_model(payload: bytes) -> Model:
    from matchmaking.engine.model import Model  # numerical libraries stay out of the web process

    model = Model.from_bytes(payload)
    sentences = outside.sentences() if model.outside else None
    return model.plugged(sentences, default_policy(), outside.reader() if model.second else None)
