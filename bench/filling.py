"""Fills the pools of a throw-away instance by COPY, search vectors included: thousands of rows a second.

The texts are sentences of the written sample records, shuffled, with a long tail of made-up words, so that the index
has common and rare terms. They stand for nothing and must never be used to judge a ranking.
"""

from __future__ import annotations

import io
import json as json_text
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

RARE = "钪钇镧"  # stands in one record of ten thousand
ABSENT = "翙翚翛"  # stands in none
ABOUT = 10_000
TAIL = 50_000
BATCH = 5_000


class Filler:
    """Adds load rows to every pool; each call goes on where the last one ended."""

    def __init__(self, seed: int = 1) -> None:
        from matchmaking.programmes.models import Programme
        from matchmaking.sampledata import texts
        from matchmaking.sampledata.organisations import World, build_organisations

        self.rng = random.Random(seed)
        self.world = World(rng=self.rng)
        self.written = {kind: texts.written(kind) for kind in ("achievements", "needs", "experts")}
        build_organisations(self.world, scale=3, industries=sorted({row["industry"] for row in self.written["needs"]}))
        self.programmes = list(Programme.objects.order_by("code"))
        self.made: Counter[str] = Counter()
        self._tail = ["".join(chr(self.rng.randrange(0x4E00, 0x9000)) for _ in range(3)) for _ in range(TAIL)]

    def achievements(self, count: int) -> None:
        """Achievements with body, leading unit, one person, two indicators; 19 of 20 are in the pool."""
        from catalog.models import Achievement, AchievementBody, AchievementIndicator, Completer, CompletingUnit
        from matchmaking.accounts.enums import Role

        rng, world = self.rng, self.world
        for keys in self._batches("achievements", count, Achievement):
            rows, bodies, units, people, indicators = [], [], [], [], []
            for key in keys:
                base = rng.choice(self.written["achievements"])
                owner = world.providers[key % len(world.providers)]
                state = ("submitted", "draft")[key // 20 % 2] if key % 20 == 3 else "accepted"
                title = f"{base['title'][:14]}{rng.choice(self.written['achievements'])['title'][-14:]}L{key}"
                summary, problem, points = (
                    self._text("achievements", name, 4) for name in ("summary", "problem_solved", "key_points")
                )
                points += self._words(key)
                since = self._moment(key)
                rows.append(
                    {name: base[name] for name in ("applications", "tech_field", "discipline", "keywords", "trl",
                                                   "maturity", "source", "coop_modes", "price_band")}
                    | self._entry(key, "CG", owner.region_id, since)
                    | {"state": state, "visibility": "hidden_owner" if key % 50 == 7 else "public",
                       "title": title, "summary": summary[:600], "problem_solved": problem[:300],
                       "key_points": points[:1000], "ownership": "service",
                       "confirmed_at": since if state == "accepted" else None,
                       "search_vector": vector(A=title, B="。".join(base["keywords"]), C=summary[:600] + problem[:300],
                                               D=points[:1000] + owner.name)}
                )  # fmt: skip
                author = world.person(owner, Role.RESEARCHER)
                bodies.append({"achievement_id": key, "owner_id": owner.pk, "created_by_id": author.pk,
                               "secrecy_declared": True})  # fmt: skip
                units.append({"achievement_id": key, "organisation_id": owner.pk, "position": 1})
                people.append({"achievement_id": key, "name": author.full_name, "organisation_id": owner.pk})
                indicators += [{"achievement_id": key, **row} for row in _figures(rng)]
            for model, lines in ((Achievement, rows), (AchievementBody, bodies), (CompletingUnit, units),
                                 (Completer, people), (AchievementIndicator, indicators)):  # fmt: skip
                copy(model, lines)

    def needs(self, count: int) -> None:
        """Needs with body and two indicators; 19 of 20 are published, the others wait for park or region."""
        from matchmaking.accounts.enums import Role
        from needs.models import NeedBody, NeedIndicator, TechNeed

        rng, world = self.rng, self.world
        for keys in self._batches("needs", count, TechNeed):
            rows, bodies, indicators = [], [], []
            for key in keys:
                base = rng.choice(self.written["needs"])
                owner = world.enterprises[key % len(world.enterprises)]
                waits = "submitted" if key // 20 % 2 or owner.park_id is None else "checked"
                state = waits if key % 20 == 3 else "published"
                title = f"{base['title'][:20]}L{key}"
                problem, goal = self._text("needs", "problem", 4), self._text("needs", "goal", 2) + self._words(key)
                whole = vector(A=title, C=problem[:2000] + goal[:800])
                rows.append(
                    {name: base[name] for name in ("need_kind", "tech_field", "industry", "coop_modes", "budget_band",
                                                   "due_months")}
                    | self._entry(key, "XQ", owner.region_id, self._moment(key))
                    | {"state": state, "title": title, "visibility": "public", "shown_enterprise_id": owner.pk,
                       "published_at": self._moment(key) if state == "published" else None, "search_vector": whole}
                )  # fmt: skip
                bodies.append({"need_id": key, "owner_id": owner.pk, "problem": problem[:2000], "goal": goal[:800],
                               "created_by_id": world.person(owner, Role.ENTERPRISE_OWNER).pk,
                               "search_vector": whole})  # fmt: skip
                indicators += [{"body_id": key, **row} for row in _figures(rng)]
            for model, lines in ((TechNeed, rows), (NeedBody, bodies), (NeedIndicator, indicators)):
                copy(model, lines)

    def experts(self, count: int) -> None:
        """Experts in the pool, each with three works."""
        from experts.models import Expert, ExpertBody, ExpertWork
        from matchmaking.accounts.enums import Role

        rng, world = self.rng, self.world
        for keys in self._batches("experts", count, Expert):
            rows, bodies, works = [], [], []
            for key in keys:
                base = rng.choice(self.written["experts"])
                owner = world.providers[key % len(world.providers)]
                directions = (self._text("experts", "directions", 4) + self._words(key))[:600]
                rows.append(
                    {name: base[name] for name in ("fields", "industries", "expert_kinds", "services", "regions",
                                                   "title") if name in base}
                    | self._entry(key, "ZJ", owner.region_id, self._moment(key))
                    | {"state": "in_pool", "visibility": "public", "name": f"专家{key}", "organisation_id": owner.pk,
                       "directions": directions, "search_vector": vector(A=f"专家{key}", C=directions)}
                )  # fmt: skip
                author = world.person(owner, Role.UNIVERSITY_OFFICER)
                bodies.append({"expert_id": key, "owner_id": owner.pk, "created_by_id": author.pk})
                works += [{"expert_id": key, "position": place, "title": work["title"]}
                          for place, work in enumerate(base["works"][:3], 1)]  # fmt: skip
            for model, lines in ((Expert, rows), (ExpertBody, bodies), (ExpertWork, works)):
                copy(model, lines)

    def matches(self, count: int, candidates: Sequence[tuple[int, Any]]) -> None:
        """Two matches a need, most of them proposed; `candidates` (key, reasons) are taken in turn."""
        from matchmaking.matching.models import Match

        achievements = self.made["achievements"]
        for keys in self._batches("matches", count, Match):
            rows = []
            for key in keys:
                state = ("released", "proposed", "proposed", "dropped")[key % 4]
                need = (key + 1) // 2
                rows.append(
                    {"id": key, "uuid": self._uuid(), "need_id": need, "state": state,
                     "achievement_id": (need * 7 + key % 2) % achievements + 1, "state_since": self._moment(key),
                     "score": 0.5, "need_text_version": 1, "target_text_version": 1,
                     "released_at": self._moment(key) if state == "released" else None,
                     "drop_reason": "not_real" if state == "dropped" else "",
                     "candidate_id": candidates[key % len(candidates)][0],
                     "reasons": candidates[key % len(candidates)][1]}
                )  # fmt: skip
            copy(Match, rows)

    def _batches(self, kind: str, count: int, model: Any) -> Iterator[range]:
        """The keys to give out, batch by batch; the sequence of the table goes along."""
        from django.db import connection

        with connection.cursor() as cursor:  # no trigger looks at a row: keys are right by construction
            cursor.execute("SET session_replication_role = replica")
        while self.made[kind] < count:
            first = self.made[kind] + 1
            keys = range(first, min(count, first + BATCH - 1) + 1)
            yield keys
            self.made[kind] = keys[-1]
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table_of(model), count])

    def _entry(self, key: int, prefix: str, region: str, since: datetime) -> dict[str, Any]:
        programme = self.programmes[key % len(self.programmes)]
        return {"id": key, "uuid": self._uuid(), "public_no": f"{prefix}-2020-{key:07d}", "region_id": region,
                "programme_id": programme.pk, "state_since": since, "created_at": since, "updated_at": since,
                "is_load": True}  # fmt: skip

    def _uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def _moment(self, key: int) -> datetime:
        from django.utils import timezone

        return timezone.now() - timedelta(minutes=1 + key * 7919 % 300_000)

    def _text(self, kind: str, name: str, most: int) -> str:
        return "".join(self.rng.choices(sentences(kind, name), k=self.rng.randint(2, most)))

    def _words(self, key: int) -> str:
        """Two made-up words, frequent ones far more often than rare ones."""
        places = (int(TAIL ** self.rng.random()) - 1 for _ in range(2))
        found = [self._tail[place] for place in places]
        return "，".join([*found, RARE] if key % ABOUT == 5 else found) + "。"


@lru_cache
def sentences(kind: str, name: str) -> tuple[str, ...]:
    """All sentences of one field of the written records."""
    from matchmaking.sampledata import texts

    return tuple(
        part for row in texts.written(kind) for part in re.split(r"(?<=[。；])", row.get(name, "")) if len(part) > 8
    )


def vector(**text_by_weight: str) -> str:
    """A search vector as text, the same that the services store (`bench/million.py` compares them)."""
    positions: dict[str, str] = {}
    get = positions.get
    place = 0
    for weight, text in sorted(text_by_weight.items()):
        mark = weight if weight != "D" else ""
        for sentence in _split(text):
            for place, token in enumerate(_tokens(sentence), place + 1):  # noqa: B020 (it counts on)
                before = get(token)
                positions[token] = f"{before},{place}{mark}" if before else f"'{token}':{place}{mark}"
    return " ".join(positions.values())


def _split(text: str) -> Iterable[str]:
    """A text by sentences; no token crosses one, so that each has to be cut once only."""
    return (part for part in text.replace("；", "。").replace("，", "。").split("。") if part)


@lru_cache(maxsize=200_000)
def _tokens(sentence: str) -> tuple[str, ...]:
    from matchmaking.common.search import tokens_for_index

    return tuple(tokens_for_index(sentence).split(" "))


def _figures(rng: random.Random) -> list[dict[str, Any]]:
    names = rng.sample(("抗拉强度", "使用寿命", "良品率", "能耗", "精度"), 2)
    return [
        {"position": place, "name": name, "operator": "ge", "value": rng.randint(1, 500), "unit": "%"}
        for place, name in enumerate(names, 1)
    ]


def table_of(model: Any) -> str:
    return model._meta.db_table  # noqa: SLF001 (Django documents _meta)


def columns_of(model: Any) -> list[Any]:
    return list(model._meta.concrete_fields)  # noqa: SLF001 (see above)


def copy(model: Any, rows: Sequence[dict[str, Any]]) -> None:
    """COPY rows given by column; what a row leaves out gets the default of its field."""
    from django.db import connection

    given = rows[0] if rows else {}
    fields = [field for field in columns_of(model) if field.column != "id" or "id" in given]
    json_columns = {field.column for field in fields if field.get_internal_type() == "JSONField"}
    columns = [field.column for field in fields]
    usual = {field.column: _cell(field.get_default(), json=field.column in json_columns) for field in fields}
    lines = io.StringIO()
    for row in rows:
        cells = (
            _cell(row[column], json=column in json_columns) if column in row else usual[column] for column in columns
        )
        lines.write("\t".join(cells) + "\n")
    lines.seek(0)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY {table_of(model)} ({names}) FROM STDIN", lines)


def _cell(value: Any, *, json: bool = False) -> str:
    if value is None:
        return r"\N"
    if json:
        return _escaped(json_text.dumps(value, ensure_ascii=False))
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (list, tuple)):
        return _escaped("{" + ",".join('"' + str(one).replace("\\", "").replace('"', "") + '"' for one in value) + "}")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return _escaped(value) if isinstance(value, str) else str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
