"""Which figures are no indicators: how things are, who the enterprise is, when the project ends, what it costs."""

import re
from dataclasses import dataclass

from needs.clinic import figures
from needs.clinic.phrases import STRONG_SIGNS, VAGUE_SIGNS

_PRESENT = re.compile(
    r"目前|现在|现有|现状|现为|现是|当前|如今|原来(?!的)|原先|以前|过去|去年|前年|今年|往年|上个?月|实际上?[为是只仅]|已经?(?!知)|曾|仅有|仅为|仅能"
    r"|只有|只能|才能?到|经常|往往|常常|至今|近年|历年|常年|多年|一直|长期(?=只|仅|在)|有时|一般(?!要求|应|不)|通常|平时|忽高忽低|甚至|竟|动辄|投诉|退货|赔|如果|假如|要是|倘若"
)
# Told of the past anywhere in the sentence: what was tried, and what came of it.
_HISTORY = re.compile(r"去年|前年|曾经?|做过|试过|走过|用过|换过|已经|过去|当时|那次|上次")
_WISH_LED = re.compile(
    r"要求|希望|期望|目标|须|必须|需要?|应[当该]?(?!用|力|变|急|对|收|付)|确保|保证|力争|争取|指标|达标|想(?:要|把|让)|要(?:能|把|让|达|做|在|有)|实现|期待|拟|计划"
)
_TERM = re.compile(
    r"完成|交付|建成|投产|研发|开发|攻关|项目|工期|合同|验收|签约|实施期|上线|攻克|结题|立项|服务期|征集|截止|推广|见效|质保金|回本|成立|经验|从业|历史"
)
_STORY = re.compile(
    r"成立|创建|注册资|占地|员工|职工|年产值|产值|销售额|销售收入|营业收入|营收|主营|总部|坐落|位于|上市|市场占有|市占|出口|客户[^，,]{0,6}$|年销"
)
COST = re.compile(
    r"成本|单价|价|费|单耗|每吨|每件|每台|吨钢|花的?钱?"
    # the price of doing it once, of one piece: 装一根索不超过 5000 元, 一个别超过 80 块
    r"|(?:^|装|换|买|修|做|处理|拆|检|测|洗|烘)一(?:台|部|套|个|根|只|件|吨|亩|次|片|块|米|批|条|辆)"
)
# 用三年不堵 asks for it; 用三年就堵 tells of it, and so does what stands outside the goal.
_ASKED_IN_GOAL = ("borne", "lasting", "within", "rate")
# 零下 40 ℃ 时: under which condition, not what is asked for.
_CONDITION = re.compile(r"\s?(?:的?(?:条件|环境|工况|温度)下|下|时)(?!降|滑|跌|间)")
_SHARES = ("百分之", "千分之", "百万分之", "万分之")
_WITHOUT_UNIT = ("share", "doubled", "acidity")
_PER = re.compile(r"每(?:秒|分钟|小时|天|班)")
_CREW = re.compile(r"人员|操作|用工|值守|定员|人工|岗位")
# 耐温-20~60℃ asks for it wherever it stands; 温度 20~60 ℃ of a problem tells of it.
_BORNE = re.compile("(?:耐|承受|适应).{0,2}$")
_BUDGET = re.compile(r"投资|投入|产值|销售|营收|收入|利润|损失|预算|经费|资金|奖|补助|税|赔|效益|市值")


@dataclass(frozen=True)
class Hit:
    """A figure found in a sentence: the reading (a key of `phrases.patterns`), the place, the sentence as folded."""

    kind: str
    match: re.Match[str]
    folded: str
    field: str

    @property
    def sign(self) -> str:
        """The words of comparison before the number, if any."""
        return self.match.groupdict().get("sign") or ""

    @property
    def number(self) -> str:
        return self.match.groupdict().get("number") or ""

    @property
    def unit(self) -> str:
        return figures.unit(self.match.groupdict().get("unit") or "")

    @property
    def before(self) -> str:
        return self.folded[: self.match.start()]

    @property
    def behind(self) -> str:
        return self.folded[self.match.end() :]


def refused(hit: Hit, clause: str, name: str) -> bool:
    """Whether a figure is no indicator; `clause` is what stands before it, `name` what it is the figure of."""
    strong = hit.sign in STRONG_SIGNS or hit.kind == "tolerance"
    if _tells(hit, clause) or _STORY.search(clause):
        return True
    if hit.kind in _ASKED_IN_GOAL:
        if hit.kind == "borne" and not hit.match["verb"] and figures.is_time(hit.unit):
            return True  # 三个月不见效
        return hit.field != "goal" or (figures.is_time(hit.unit) and bool(_TERM.search(clause)))
    if hit.unit in figures.MONEY or hit.unit.startswith(("元", "万元", "亿元")):
        return not COST.search(name) or bool(_BUDGET.search(name))
    if hit.unit in figures.PEOPLE:
        return not (strong and _CREW.search(name))
    if hit.unit in figures.COUNTED:
        rate = hit.field == "goal" and bool(_PER.search(clause))
        return not (strong or rate or hit.kind in ("change", "moved"))
    if figures.is_time(hit.unit) and _TERM.search(clause):
        return True
    if not hit.unit and not hit.number.startswith(_SHARES) and hit.kind not in _WITHOUT_UNIT:
        asked = hit.sign in STRONG_SIGNS or (hit.field == "goal" and hit.sign in VAGUE_SIGNS)
        return not (asked and _ends_there(hit))
    if hit.kind == "compared" and hit.match["of"] and hit.unit not in ("%", "倍"):
        return True
    if hit.kind in ("change", "tolerance", "moved"):
        return False
    if hit.kind == "range":
        led = hit.match["lead"] not in (None, "在", "为", ":", "：") or bool(hit.match["suffix"])
        return not led and hit.field != "goal" and not _BORNE.search(name)
    return not strong and not _is_wished(hit)


def _tells(hit: Hit, clause: str) -> bool:
    """Whether the figure tells how things are or were, or under which condition something else shall hold."""
    if hit.field != "goal" and _HISTORY.search(hit.before):
        return True
    done = hit.behind.startswith("了") or (hit.kind in ("share", "moved", "change") and "了" in hit.match[0])
    return done or bool(_CONDITION.match(hit.behind)) or bool(_PRESENT.search(clause))


def _is_wished(hit: Hit) -> bool:
    """Whether the sentence asks for something up to here; what stands in the goal is asked for."""
    return hit.field == "goal" or bool(_WISH_LED.search(hit.before + hit.match[0]))


def _ends_there(hit: Hit) -> bool:
    """Whether a number without a unit ends there: f2≥60, and not ≥60 of something unknown."""
    following = hit.behind[:1]
    return bool(re.search(r"\d", hit.number)) and (
        not following or following in "的且并和或时（(，," or not re.match(r"[A-Za-z0-9\u4e00-\u9fff□]", following)
    )
