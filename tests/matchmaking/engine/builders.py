"""Records a domain expert can read, and random ones for the invariants. Everything is invented."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st

from matchmaking.engine.model import Model, fit
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import ExpertProfile, Indicator, NeedProfile, OfferProfile, Target

# A busy machine is no failure.
unhurried = settings(deadline=None, max_examples=50)
PAINT_MAKER = "91110108551385082Q"
COATING_NEED = NeedProfile(
    "N-001",
    "户外钢结构防腐涂层两年就掉漆",
    goal="换一种涂层，盐雾环境下附着力不下降",
    problem="海边的钢结构涂层两年就起泡掉漆，返工一次要停产三天。现在用的是环氧富锌底漆。",
    background="本公司成立于2003年，占地八十亩，现有员工三百人，专业从事钢结构制造。",
    indicators=(
        Indicator("附着力", "ge", Decimal(10), unit="MPa"),
        Indicator("耐盐雾时间", "ge", Decimal(3000), unit="h"),
        Indicator("每平方米成本", "le", Decimal(60), unit="元", must=False),
    ),
    keywords=("防腐涂层", "附着力", "盐雾"),
    tech_field="0405",
    industry="33",
    trl=7,
    region="3702",
    coop_modes=("license_non", "commissioned"),
    budget_band="b4",
    due_months=12,
    owner=PAINT_MAKER,
)
ANTICORROSION = OfferProfile(
    "A-001",
    "石墨烯改性环氧防腐涂料及其界面附着增强方法",
    summary="以片层石墨烯迷宫结构阻隔氯离子，底漆中引入硅烷偶联剂提高与钢基体的附着力，盐雾试验4000小时无起泡。",
    key_points="片层定向排列；硅烷偶联界面层；水性体系。",
    problem_solved="海洋大气环境下钢结构涂层起泡、剥落",
    indicators=(
        Indicator("附着力", "ge", Decimal(12), unit="MPa"),
        Indicator("耐盐雾时间", "ge", Decimal(4000), unit="小时"),
    ),
    keywords=("防腐涂料", "石墨烯", "附着力"),
    applications=("33", "26"),
    tech_field="0405",
    trl=7,
    region="3702",
    coop_modes=("license_non", "assign"),
    price_band="b3",
    units=("12100000425006125T",),
)
THERMAL_BARRIER = OfferProfile(
    "A-002",
    "航空发动机叶片热障涂层等离子喷涂工艺",
    summary="稀土锆酸盐热障涂层，1200 ℃热循环寿命提高一倍，涂层与叶片基体结合强度大于40 MPa。",
    keywords=("热障涂层", "等离子喷涂"),
    applications=("37",),
    indicators=(Indicator("热循环寿命", "ge", Decimal(2000), unit="次"),),
    tech_field="0301",
    trl=6,
    coop_modes=("equity",),
    price_band="b6",
)
SOIL_MICROBES = OfferProfile(
    "A-003",
    "秸秆还田腐解菌剂的规模化发酵",
    summary="低温腐解菌群，秸秆三十天腐解率达到六成，适用于东北黑土。",
    keywords=("秸秆", "菌剂"),
    applications=("01",),
    tech_field="0207",
    trl=8,
)
OFFERS: list[OfferProfile] = [ANTICORROSION, THERMAL_BARRIER, SOIL_MICROBES]
COATING_EXPERT = ExpertProfile(
    "X-001",
    (
        "从事海洋环境金属腐蚀与防腐涂层研究，关注涂层附着力的退化。",
        "钢结构防腐涂层盐雾失效机理",
        "环氧涂层起泡的早期检测",
        "高校实验室安全管理",
    ),
    fields=("0405",),
    industries=("33",),
    regions=("37",),
)
SOIL_EXPERT = ExpertProfile("X-002", ("黑土地保护与秸秆还田", "土壤微生物群落"), fields=("0207",))
EXPERTS = [COATING_EXPERT, SOIL_EXPERT]


def model_of(*records: NeedProfile | Target) -> Model:
    """A fit over a mixed bag of records."""
    return fit(
        [record for record in records if isinstance(record, OfferProfile)],
        [record for record in records if isinstance(record, ExpertProfile)],
        [record for record in records if isinstance(record, NeedProfile)],
    )


def index_of(targets: list[OfferProfile] | list[ExpertProfile], policy: Policy | None = None) -> Index:
    """An index under a model of all records of this module and of the targets."""
    return Index.build(targets, model_of(COATING_NEED, *OFFERS, *EXPERTS, *targets), policy or Policy())


_WORDS = [
    "涂层",
    "附着力",
    "盐雾",
    "腐蚀",
    "秸秆",
    "菌剂",
    "叶片",
    "轴承",
    "LiFePO4",
    "5G",
    "的",
    "寿命 3.5 mm",
    "。",
    "，",
    "\n",
]
texts = st.lists(st.sampled_from(_WORDS), max_size=8).map("".join)
titles = st.lists(st.sampled_from(_WORDS[:10]), min_size=1, max_size=5).map("".join)
fields = st.sampled_from(["", "0401", "0405", "0301"])
industries = st.sampled_from(["26", "33", "37"])
bands = st.sampled_from(["", "b0", "b2", "b4", "b7"])
levels = st.none() | st.integers(1, 9)
regions = st.sampled_from(["", "37", "3702", "22"])
modes = st.lists(st.sampled_from(["assign", "license_non", "equity", "open"]), max_size=3, unique=True).map(tuple)
units = st.sampled_from(["U1", "U2", "U3"])
values = st.decimals(0, 1000, places=1, allow_nan=False)
indicators = st.lists(
    st.builds(
        Indicator,
        name=st.sampled_from(["附着力", "涂层附着力", "寿命"]),
        operator=st.sampled_from(["ge", "le", "gt", "lt", "eq", "between", "text"]),
        value=st.none() | values,
        value_high=st.none() | values,
        unit=st.sampled_from(["MPa", "kPa", "h", ""]),
        text=texts,
        must=st.booleans(),
    ),
    max_size=3,
).map(tuple)


def need_profiles(key: str) -> st.SearchStrategy[NeedProfile]:
    """Random needs under one key."""
    return st.builds(
        NeedProfile,
        key=st.just(key),
        title=titles,
        goal=texts,
        problem=texts,
        background=texts,
        keywords=st.lists(titles, max_size=2).map(tuple),
        indicators=indicators,
        tech_field=fields,
        industry=st.just("") | industries,
        trl=levels,
        region=regions,
        coop_modes=modes,
        budget_band=bands,
        due_months=st.none() | st.integers(1, 36),
        owner=st.just("") | units,
    )


def offer_profiles(key: str) -> st.SearchStrategy[OfferProfile]:
    """Random achievements under one key."""
    return st.builds(
        OfferProfile,
        key=st.just(key),
        title=titles,
        summary=texts,
        key_points=texts,
        keywords=st.lists(titles, max_size=2).map(tuple),
        applications=st.lists(industries, max_size=2, unique=True).map(tuple),
        indicators=indicators,
        tech_field=fields,
        trl=levels,
        region=regions,
        coop_modes=modes,
        price_band=bands,
        units=st.lists(units, max_size=2, unique=True).map(tuple),
    )


def expert_profiles(key: str) -> st.SearchStrategy[ExpertProfile]:
    """Random experts under one key."""
    return st.builds(
        ExpertProfile,
        key=st.just(key),
        documents=st.lists(texts, max_size=9).map(tuple),
        fields=st.lists(st.sampled_from(["0401", "0405"]), max_size=2, unique=True).map(tuple),
        industries=st.lists(industries, max_size=2, unique=True).map(tuple),
        regions=st.lists(st.sampled_from(["37", "22"]), max_size=2, unique=True).map(tuple),
        units=st.lists(units, max_size=1).map(tuple),
        conflicts=st.lists(units, max_size=2, unique=True).map(tuple),
    )


needs_lists = (
    st.integers(1, 5).flatmap(lambda size: st.tuples(*(need_profiles(f"N{at}") for at in range(size)))).map(list)
)
target_lists = st.integers(1, 7).flatmap(
    lambda size: (
        st.tuples(*(offer_profiles(f"T{at}") for at in range(size)))
        | st.tuples(*(expert_profiles(f"T{at}") for at in range(size)))
    )
).map(list)  # fmt: skip
