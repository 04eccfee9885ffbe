"""Measure the matching engine: `python bench/match.py quality` and `python bench/match.py speed`.

quality  nDCG@10, MRR and recall on the planted pairs of the sample data, and on the two development sets of public
         project titles where they are present; on the hand-graded pairs of the sample data (`bench/data`) nDCG@10 over
         the judged pairs, and what probabilities stated for needs whose grades were not learned from are worth.
         The peers: `python bench/match_peers.py`.
speed    a whole batch on texts glued from words of a small technical vocabulary; never used to judge quality.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from matchmaking.engine import metrics
from matchmaking.engine.calibration import calibrate
from matchmaking.engine.exchange import run_line
from matchmaking.engine.model import fit
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import ExpertProfile, Indicator, NeedProfile, OfferProfile, Ranking, Target
from matchmaking.engine.weighing import Weigher

SAMPLE = Path(__file__).resolve().parent.parent / "matchmaking" / "sampledata" / "data"
EVALDATA = Path(__file__).resolve().parent.parent.parent / "shared" / "evaldata"
GRADED = Path(__file__).resolve().parent / "data"
STRONG = 3
FOLDS = 10
CHUNK = 250
WORDS = {
    "head": "高温 低温 耐磨 轻量化 纳米 复合 柔性 智能 连续 精密 快速 绿色 高强 无铅 水性 超薄 多孔 梯度 在线",
    "thing": "涂层 轴承 电池 隔膜 传感器 叶片 齿轮 焊缝 催化剂 树脂 薄膜 铝合金 碳纤维 陶瓷 芯片 模具 机床 管道 阀门 "
    "废水 粉尘 煤泥 秸秆 发酵罐 酶制剂 疫苗 支架 导管 超声探头 光缆 天线 雷达 图像 算法 数据库 变压器 逆变器 储氢罐",
    "deed": "开裂 脱落 腐蚀 磨损 变形 泄漏 堵塞 过热 漂移 失效 检测 分选 成形 烧结 喷涂 焊接 固化 提纯 回收 降解 识别 "
    "预测 调度 优化 控制 仿真 封装 散热 除尘 脱硫",
    "joint": "的 在 与 后 时 用于 导致 难以 提高 降低 采用 通过 解决 目前 要求 实现 长期 批量 现场 生产线",
}
FIELDS = [f"{first:02d}{second:02d}" for first in range(1, 9) for second in range(1, 8)]
NAMES = ["抗拉强度", "附着力", "使用寿命", "良品率", "能耗", "精度", "工作温度", "响应时间", "去除率", "厚度"]
UNITS = ["MPa", "MPa", "h", "%", "kWh/t", "mm", "℃", "ms", "%", "μm"]
MODES = ["commissioned", "cooperative", "assign", "license_ex", "license_non", "equity", "open"]


def main() -> None:
    """Read the command line and run one of the two measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["quality", "speed"])
    parser.add_argument("--needs", type=int, default=5_000)
    parser.add_argument("--offers", type=int, default=5_000)
    parser.add_argument("--experts", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.what == "quality":
        quality()
    else:
        speed(chosen.needs, chosen.offers, chosen.experts, chosen.seed)


def quality() -> None:
    """Print the measures of every set; say so where the development sets are not there."""
    for kind in ("achievement", "expert"):
        rankings, judgements = sample(kind)
        planted = {(need, target) for need, grades in judgements.items() for target in grades}
        above = {
            (ranking.need, candidate.target)
            for ranking in rankings
            for candidate in ranking.candidates
            if candidate.above_floor
        }
        report(f"sample, {kind}", run_of(rankings), judgements)
        print(
            f"{'':20} above the floor: {len(above & planted) / len(planted):.3f} of the planted pairs, "
            f"{len(above - planted) / len(rankings):.2f} other candidates a need"
        )
        graded(kind)
    if not EVALDATA.is_dir():
        print("skipped: the development sets are not on this machine")
        return
    for name in ("project_result", "project_expert"):
        report(name, *evaluate(name))


def report(name: str, run: metrics.Run, judgements: metrics.Judgements) -> None:
    """Print one line of measures."""
    print(
        f"{name:20} nDCG@10 {metrics.ndcg(run, judgements):.4f}  MRR {metrics.mrr(run, judgements):.4f}  "
        f"recall@10 {metrics.recall(run, judgements):.4f}  recall@100 {metrics.recall(run, judgements, 100):.4f}"
    )


def run_of(rankings: Iterable[Ranking]) -> metrics.Run:
    """The targets of every need, best first."""
    return {ranking.need: [candidate.target for candidate in ranking.candidates] for ranking in rankings}


def sample(kind: str) -> tuple[list[Ranking], dict[str, dict[str, float]]]:
    """Rank the sample data; judged are the pairs planted as strong or very strong."""
    needs, _ = sample_profiles(kind)
    return sample_index(kind).rank(needs, explain=False), planted_pairs(kind)


def sample_profiles(kind: str) -> tuple[list[NeedProfile], list[Target]]:
    """The needs of the sample data and its targets of a kind."""
    if kind == "achievement":
        targets: list[Target] = [sample_offer(row) for row in sample_rows("achievements")]
    else:
        targets = [sample_expert(row) for row in sample_rows("experts")]
    return [sample_need(row) for row in sample_rows("needs")], targets


def sample_index(kind: str, policy: Policy | None = None) -> Index:
    """The index of a kind under a model of the whole sample."""
    needs, targets = sample_profiles(kind)
    offers = [sample_offer(row) for row in sample_rows("achievements")]
    experts = [sample_expert(row) for row in sample_rows("experts")]
    return Index.build(targets, fit(offers, experts, needs), policy or Policy())


def planted_pairs(kind: str) -> dict[str, dict[str, float]]:
    """The pairs that the authors of the sample data planned as strong or very strong."""
    judgements: dict[str, dict[str, float]] = {}
    for row in sample_rows("pairs"):
        if kind in row and row["grade"] >= STRONG:
            judgements.setdefault(row["need"], {})[row[kind]] = float(row["grade"])
    return judgements


def graded_pairs(kind: str) -> dict[str, dict[str, float]]:
    """The grades given by hand, by need and target."""
    judgements: dict[str, dict[str, float]] = {}
    for line in (GRADED / f"sample_grades_{kind}.tsv").read_text(encoding="utf-8").splitlines():
        need, target, grade = line.split("\t")
        judgements.setdefault(need, {})[target] = float(grade)
    return judgements


def graded(kind: str) -> None:
    """Print what the order and the stated probabilities are worth on the hand-graded pairs."""
    judgements = graded_pairs(kind)
    profiles = {need.key: need for need in sample_profiles(kind)[0]}
    index = sample_index(kind)
    pairs = [(need, target) for need, grades in judgements.items() for target in grades]
    candidates = index.score_pairs([(profiles[need], target) for need, target in pairs], explain=False)
    scores = dict(zip(pairs, (candidate.score for candidate in candidates), strict=True))
    run = {need: sorted(grades, key=lambda one: (-scores[need, one], one)) for need, grades in judgements.items()}
    best = {one.need: one.candidates[0].score for one in index.rank([profiles[need] for need in run], explain=False)
            if one.candidates}  # fmt: skip
    stated, outcomes, certain = unseen(judgements, scores, best)
    strong = {need for need, grades in judgements.items() if max(grades.values()) >= STRONG}
    without = [certain[need] for need in judgements if need not in strong]
    answered = [certain[need] for need in strong]
    print(
        f"{'graded by hand':20} nDCG@10 {metrics.ndcg(run, judgements):.4f}  calibration error "
        f"{metrics.expected_calibration_error(stated, outcomes):.4f} of {len(pairs)} pairs  false strong "
        f"{sum(without)} of {len(without)} needs without an answer  strong {sum(answered)} of {len(answered)} with one"
    )


def unseen(
    judgements: dict[str, dict[str, float]], scores: dict[tuple[str, str], float], best: dict[str, float]
) -> tuple[list[float], list[bool], dict[str, bool]]:
    """Probabilities of pairs, each stated by the grades of other needs; their outcomes; and whether the best of all
    targets of a need is stated as strong with one half or more."""
    needs = sorted(judgements)
    random.Random(1).shuffle(needs)
    stated: list[float] = []
    outcomes: list[bool] = []
    certain: dict[str, bool] = {}
    for fold in range(FOLDS):
        held = set(needs[fold::FOLDS])
        learned = [(scores[need, one], grade >= STRONG) for need, grades in judgements.items() if need not in held
                   for one, grade in grades.items()]  # fmt: skip
        calibration = calibrate([score for score, _ in learned], [grade for _, grade in learned])
        if calibration is None:
            continue
        for need in held:
            certain[need] = need in best and calibration.probability(best[need]) >= 0.5
            for one, grade in judgements[need].items():
                stated.append(calibration.probability(scores[need, one]))
                outcomes.append(grade >= STRONG)
    return stated, outcomes, certain


def sample_rows(name: str) -> list[dict[str, Any]]:
    """The records of one folder of the sample data."""
    return [row for path in sorted((SAMPLE / name).glob("*.json")) for row in json.loads(path.read_text("utf-8"))]


def sample_need(row: dict[str, Any]) -> NeedProfile:
    """A need as the snapshot gives it."""
    return NeedProfile(
        row["key"], row["title"], goal=row["goal"], problem=f"{row['problem']}\n{row['tried']}",
        background=f"{row['background']}\n{row['basis']}", indicators=sample_indicators(row["indicators"]),
        chain=(row["chain_link"],), tech_field=row["tech_field"], industry=row["industry"], trl=row["target_trl"],
        coop_modes=tuple(row["coop_modes"]), budget_band=row["budget_band"], due_months=row["due_months"],
    )  # fmt: skip


def sample_offer(row: dict[str, Any]) -> OfferProfile:
    """An achievement as the snapshot gives it."""
    return OfferProfile(
        row["key"], row["title"], summary=row["summary"], key_points=row["key_points"],
        problem_solved=row["problem_solved"], keywords=tuple(row["keywords"]), applications=tuple(row["applications"]),
        application_text=row["application_text"], indicators=sample_indicators(row["indicators"]),
        tech_field=row["tech_field"], trl=row["trl"], coop_modes=tuple(row["coop_modes"]),
        price_band=row["price_band"],
    )  # fmt: skip


def sample_expert(row: dict[str, Any]) -> ExpertProfile:
    """An expert as the snapshot gives it."""
    documents = (row["directions"], *(work["title"] for work in row["works"]))
    return ExpertProfile(row["key"], documents, tuple(row["fields"]), tuple(row["industries"]), tuple(row["regions"]))


def sample_indicators(rows: list[dict[str, Any]]) -> tuple[Indicator, ...]:
    """Indicator rows with their decimal strings."""
    return tuple(
        Indicator(
            row["name"], row["operator"], Decimal(row["value"]) if row["value"] else None,
            Decimal(row["value_high"]) if row["value_high"] else None, row["unit"], must=row.get("must", True),
        )
        for row in rows
    )  # fmt: skip


def evaluate(name: str, policy: Policy | None = None) -> tuple[metrics.Run, metrics.Judgements]:
    """Rank one development set."""
    needs, targets, judgements = development_set(name)
    offers = [target for target in targets if isinstance(target, OfferProfile)]
    experts = [target for target in targets if isinstance(target, ExpertProfile)]
    index = Index.build(targets, fit(offers, experts, needs), policy or Policy())
    return run_of(index.rank(needs, top=100, explain=False)), judgements


def development_set(name: str) -> tuple[list[NeedProfile], list[Target], dict[str, dict[str, float]]]:
    """Needs, targets and judgements; a document is the title of an achievement or the texts of an expert."""
    folder = EVALDATA / name
    needs = [NeedProfile(line["id"], line["text"]) for line in read(folder / "queries.jsonl")]
    targets: list[Target] = [
        ExpertProfile(line["id"], tuple(line["text"].split(" ; "))) if name == "project_expert"
        else OfferProfile(line["id"], line["text"])
        for line in read(folder / "docs.jsonl")
    ]  # fmt: skip
    judgements: dict[str, dict[str, float]] = {}
    for line in read(folder / "qrels.jsonl"):
        judgements.setdefault(line["q"], {})[line["d"]] = float(line["rel"])
    return needs, targets, judgements


def read(path: Path) -> list[dict[str, str]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def speed(needs: int, offers: int, experts: int, seed: int) -> None:
    """Print the seconds of every step and the peak memory of one whole batch on one core, in the chunks of a run."""
    made = LoadTexts(seed)
    all_needs = [made.need(number) for number in range(needs)]
    all_offers = [made.offer(number) for number in range(offers)]
    all_experts = [made.expert(number) for number in range(experts)]
    clock = Clock()
    statistics = fit(all_offers, all_experts, all_needs)
    clock.step("fit")
    weigher = Weigher(statistics, Policy())
    indexes = []
    for name, targets in (("offers", all_offers), ("experts", all_experts)):
        indexes.append(Index.build(targets, statistics, weigher.policy, weigher=weigher))
        clock.step(f"build {name}")
    for index in indexes:
        index.rank(all_needs[:64])
    clock.step("compile, or read what is kept")
    total = 0
    written = 0.0
    for start in range(0, needs, CHUNK):
        for index in indexes:
            rankings = index.rank(all_needs[start : start + CHUNK])
            before = time.process_time()
            total += sum(len(ranking.candidates) for ranking in rankings)
            for ranking in rankings:
                run_line(ranking, reasons=True)
            written += time.process_time() - before
    clock.step("rank with reasons, as JSON")
    print(f"{total} candidates with reasons; of the last step {written:.2f} s of the processor for JSON")


class Clock:
    """Prints the seconds of the wall and of the processor since the last step, and the peak memory so far."""

    def __init__(self) -> None:
        self._last = time.perf_counter(), time.process_time()

    def step(self, name: str) -> None:
        """End a step."""
        wall, processor = time.perf_counter() - self._last[0], time.process_time() - self._last[1]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name:30} {wall:7.2f} s  processor {processor:7.2f} s  peak {peak:6.0f} MB", flush=True)
        self._last = time.perf_counter(), time.process_time()


class LoadTexts:
    """Deterministic load records: 60-180 characters a need, 120-320 an achievement."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        syllables = [chr(code) for code in range(0x4E00, 0x4E00 + 2_500)]
        self._pools = [text.split() for text in WORDS.values()]
        self._pools.append(["".join(self._random.choices(syllables, k=2)) for _ in range(6_000)])

    def need(self, number: int) -> NeedProfile:
        """A need with all structural fields."""
        draw = self._random
        return NeedProfile(
            f"N{number:07d}", self._text(14, 24), goal=self._text(20, 50), problem=self._text(40, 120),
            indicators=self._indicators(), keywords=self._keywords(3), tech_field=draw.choice(FIELDS),
            industry=str(draw.randint(13, 43)), trl=draw.randint(4, 9), region=str(draw.randint(11, 65)),
            coop_modes=tuple(draw.sample(MODES, 2)), budget_band=f"b{draw.randint(0, 7)}",
            due_months=draw.randint(6, 36), owner=f"E{draw.randint(0, 900)}",
        )  # fmt: skip

    def offer(self, number: int) -> OfferProfile:
        """An achievement with all structural fields."""
        draw = self._random
        return OfferProfile(
            f"A{number:07d}", self._text(14, 28), summary=self._text(60, 140), key_points=self._text(60, 150),
            keywords=self._keywords(4), applications=(str(draw.randint(13, 43)), str(draw.randint(13, 43))),
            indicators=self._indicators(), tech_field=draw.choice(FIELDS), trl=draw.randint(3, 9),
            region=str(draw.randint(11, 65)), coop_modes=tuple(draw.sample(MODES, 3)),
            price_band=f"b{draw.randint(0, 7)}", units=(f"U{draw.randint(0, 60)}",),
        )  # fmt: skip

    def expert(self, number: int) -> ExpertProfile:
        """An expert with research directions and up to ten works."""
        draw = self._random
        works = [self._text(15, 30) for _ in range(draw.randint(3, 10))]
        return ExpertProfile(
            f"X{number:07d}", (self._text(60, 200), *works), fields=tuple(draw.sample(FIELDS, 2)),
            industries=(str(draw.randint(13, 43)),), regions=(str(draw.randint(11, 65)),),
            units=(f"U{draw.randint(0, 60)}",), conflicts=(f"E{draw.randint(0, 900)}",),
        )  # fmt: skip

    def _text(self, least: int, most: int) -> str:
        draw = self._random
        words: list[str] = []
        length = 0
        wanted = draw.randint(least, most)
        while length < wanted:
            pool = draw.choices(self._pools, (2, 3, 3, 4, 4))[0]
            word = draw.choice(pool)
            words.append(word + ("。" if draw.random() < 0.08 else ""))
            length += len(words[-1])
        return "".join(words)

    def _keywords(self, count: int) -> tuple[str, ...]:
        return tuple(self._random.sample(self._pools[1], count))

    def _indicators(self) -> tuple[Indicator, ...]:
        draw = self._random
        kinds = draw.sample(range(len(NAMES)), draw.randint(1, 3))
        return tuple(
            Indicator(NAMES[kind], draw.choice(("ge", "le")), Decimal(draw.randint(1, 500)), unit=UNITS[kind])
            for kind in kinds
        )


if __name__ == "__main__":
    main()
