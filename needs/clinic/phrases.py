"""How people write that something shall be measured: signs and words of comparison around a number with its unit.

Standard library only; every pattern reads text that `figures.plain` has folded. Patterns are compiled with the first
text that is read: together they take a tenth of a second, which a process that reads none should not pay.
"""

import re
from functools import cache

from needs.clinic.figures import ARABIC, NUMBER, PERCENT, SIGNED, UNIT

# Signs and words between a name and a number → operator. The strong ones speak of a target wherever they stand.
_MORE_THAN = ("大于", "高于", "超过", "多于", "长于", "超出")
_LESS_THAN = ("小于", "低于", "少于", "短于", "轻于", "弱于", "差于")
_BEYOND = ("贵过", "慢过", "重过", "高过", "大过", "长过", "多过", "超出", "超")  # 不能贵过, 别超
_NOT = ("不", "不得", "不应", "不能", "不要", "不许", "不可", "别", "勿")
_STRONG = {
    "ge": ("≥", ">=", "=>", "大于等于", "大于或等于", "高于或等于", "至少要", "至少达到", "至少",
           *(no + less for no in _NOT for less in _LESS_THAN)),
    "le": ("≤", "<=", "=<", "小于等于", "小于或等于", "低于或等于", "至多", "最多",
           *(no + more for no in _NOT for more in (*_MORE_THAN, *_BEYOND))),
    "gt": (">",),
    "lt": ("<",),
}  # fmt: skip
_WEAK = {
    "gt": _MORE_THAN,
    "lt": _LESS_THAN[:5],
    "better": ("优于", "好于"),
    "reach": ("达到", "能达", "可达", "要达", "需达", "应达", "做到", "提到", "达", "都到", "要到", "能到", "得到"),
    "short": ("不到",),  # 电费不到一毛
}
OPERATORS = {sign: op for table in (_STRONG, _WEAK) for op, signs in table.items() for sign in signs}
STRONG_SIGNS = frozenset(sign for signs in _STRONG.values() for sign in signs)
VAGUE_SIGNS = frozenset((*_MORE_THAN, *_LESS_THAN))
WITH_UNIT = rf"(?P<number>{PERCENT}{NUMBER}|{SIGNED})\s?(?P<unit>{UNIT})(?P<plus>半)?"

_UP = "(?P<up>提高|提升|延长|增加|增大|上升|增长|扩大|放宽|拉长|提|升|增)"
_DOWN = "(?P<down>降低|下降|缩短|减少|减小|减轻|压缩|压降|收窄|减|降|缩|压)"
_MORE = "(?P<up>提高|提升|增加|增长|延长|扩大|缩小|节约|节省|节能|节水|减重|(?<![全本外各我该])省)"
_LESS = "(?P<down>降低|下降|减少|缩短|减小|减轻|降)"
_HELD = "(?P<held>控制|保持|稳定|维持|限制|限定)"
_LED = "(?P<lead>控制在|保持在|稳定在|维持在|应在|须在|介于|落在|范围为|范围|区间|在|为|[:：])"
_SIGN = "|".join(map(re.escape, sorted(OPERATORS, key=len, reverse=True)))
_SIGN = _SIGN.replace("不到", "(?<![达做得看找想收拿碰检测])不到")
_SUFFIX = r"(?P<suffix>(?:及|或|和)?(?:以上|以下|以内|以外|之内|之上|之下)|往上|往下|上下|左右)?"
_EACH = r"(?:每(?P<per>秒|分钟|小时|天|吨|台|百毫升|毫升|升|公斤|克|平方米|立方米|米|亩|百公里))?\s?"
# 用三年不堵, 盐雾做够96小时: what is put to the test, and for how long it must bear it.
_BORNE = "(?:保用|连续用|连用|用|撑|扛|耐|做|跑|泡|洗|放|埋|疲劳)"
_LONG = "(?P<unit>年|个?月|周|天|个?小时|万次|次|遍|公里|万公里)"
_QUANTITY = rf"(?P<number>{PERCENT}{NUMBER}|{SIGNED})\s?(?:(?P<unit>{UNIT})(?P<plus>半)?)?"
_GAP = r"[\s:：为是在约]{0,3}"
_BETWEEN = r"(?:~|-|至|到|和(?=[^，,。]{1,12}之间))"

# Of two readings of the same place the one that stands first here counts.
_PATTERNS = {
    # 由半年提高到五年以上
    "change": (r"(?:由|从)(?P<now>[^，,。;；]{1,24}?)", rf"(?:{_UP}|{_DOWN})了?(?:到|至|为|成)",
               rf"(?:{_SIGN})?\s?", _QUANTITY, _SUFFIX),
    # 1180±5℃
    "tolerance": (rf"(?:{_SIGN})?(?:(?P<centre>{SIGNED})\s?(?:{UNIT})?\s?)?(?:±|正负)\s?", _QUANTITY,
                  "(?P<suffix>以内|之内|内|以下)?"),
    # 控制在百分之八到十之间, 耐温-20~60℃
    "range": (rf"{_LED}?\s?(?P<number>{SIGNED})\s?(?P<low_unit>{UNIT})?\s?", _BETWEEN,
              rf"\s?\+?(?P<high>{SIGNED})\s?(?P<unit>{UNIT})", "(?P<suffix>之间|范围内|区间|范围)?"),
    # 缩短到三分钟以内, 控制在二十度以下, 稳定在每升六克以上
    "moved": (rf"(?:{_UP}|{_DOWN}|{_HELD})(?:到|至|为|在)", rf"{_GAP}(?P<sign>{_SIGN})?\s?", _EACH, _QUANTITY, _SUFFIX),
    # 降低 20% 以上, 减少一半
    "share": (rf"(?:{_MORE}|{_LESS})了?", rf"{_GAP}(?:(?P<sign>{_SIGN})\s?)?", "(?:(?P<half>一半|一倍|一番)|",
              rf"(?P<number>{PERCENT}{NUMBER}|{NUMBER}(?=\s?(?:%|倍|成|个?百分点)))\s?",
              "(?P<unit>%|倍|成[一二三四五六七八九半]?|个?百分点)?)", _SUFFIX),
    # ≥60 MPa
    "compared": (rf"(?P<sign>{_SIGN}){_GAP}(?:(?P<of>[\u4e00-\u9fff]{{1,8}}?)的)?", _EACH, _QUANTITY, _SUFFIX),
    # 2小时内能施工完: how long something may take
    "within": (rf"(?P<number>{SIGNED})\s?(?P<unit>天|个?小时|分钟|秒)(?P<suffix>内|之内|以内)",
               "(?P<done>(?:就|要|必须)?(?:能|可以?)?[\u4e00-\u9fff]{1,5}?(?:完|好|结束|到位))"),
    # at the end: 95% or more
    "suffixed": (_QUANTITY, "(?P<suffix>(?:及|或)?(?:以上|以下|以内)|之内|往上|往下)"),
    # 用三年不堵, 疲劳10万次不裂: how long something bears what
    "borne": (rf"(?P<verb>{_BORNE}?)(?:够|满|得?住|上)?\s?(?P<number>{SIGNED})\s?{_LONG}(?P<plus>半)?",
              "(?P<bears>(?:都|也|都能)?(?:不|没有?|无)(?!超|低|高|大|小|少|多|到|足|得|能|要)[\u4e00-\u9fff]{1,4})"),
    # 电池能撑三年
    "lasting": (rf"(?P<verb>保用|连续用|连用|撑|扛)(?:够|满|得?住|上)?\s?(?P<number>{SIGNED})\s?{_LONG}(?P<plus>半)?",),
    # acidity from six to nine
    "acidity": ("(?:(?<=pH)|(?<=pH值)|(?<=PH值))", r"(?:控制在|保持在|在|为|[:：])?\s?",
                rf"(?P<number>{ARABIC})\s?[~-]\s?(?P<high>{ARABIC})(?P<unit>)(?P<low_unit>)"),
    # 回收率九成
    "rate": (rf"(?<=率)(?:为|是)?\s?(?P<number>{NUMBER})\s?(?P<unit>%|成[一二三四五六七八九半]?)(?=[，,、]|$)",),
    "doubled": ("(?P<double>翻倍|翻一番|翻番|减半)",),
}  # fmt: skip


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    return {kind: re.compile("".join(parts)) for kind, parts in _PATTERNS.items()}


# Never read: what holds digits and measures nothing.
_CLOSED = (
    r"https?://\S+|[\w.]+@[\w.]+",
    r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)|(?<!\d)400-?\d{3}-?\d{4}(?!\d)",
    # Days, months and years.
    (r"(?<!\d)(?:19|20)\d\d\s?(?:年(?:\d{1,2}月(?:\d{1,2}日)?)?|[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?![\d.]))"
     r"(?:底|初|末|以来|以前|之前|前|后)?"),
    r"[一二][零〇九][零〇一二三四五六七八九]{2}年|\d{1,2}月\d{1,2}日|\d{1,2}月(?:底|初|末|中旬)|\d{1,2}[:：]\d\d(?!\d)",
    # Documents, standards, patents, long numbers.
    r"[〔\[(（]\s?(?:19|20)\d\d\s?[〕\])）]\s?(?:第?\d+号)?",
    r"第[\d一二三四五六七八九十百]+(?:条|款|章|节|页|号|期|批|代|届|名|位|次|类)",
    (r"(?:GB|HJ|JB|YB|HG|SY|DL|NB|YS|JC|QB|CJ|SH|TB|MT|ISO|IEC|ASTM|DIN|EN|JIS|IEEE|Q|T|DB\d*)(?:/[A-Z]{1,6})?"
     r"[ -]?\d{2,}(?:\.\d+)*(?:[-—]\d{2,4})?"),
    r"(?:ZL|CN)\s?\d{6,}(?:\.\d|X|[A-Z])?|\d{9,}(?:\.[\dX])?",
    r"十[一二三四五]五(?=规划|时期|期间|国家|重点|末|，|,)",
)  # fmt: skip
# 比原来, 与现有工艺相比: the way of today as the measure of what is asked for, not as what is told.
_COMPARED = (
    "(?:比|较|与|和|同|在)(?:原来|原有|现在|现有|目前|传统|以前|过去|往年|当前)"
    r"(?:的?[^，,、；;\d]{0,8}?(?:相比|比|基础上))?"
)


@cache
def unread() -> tuple[re.Pattern[str], ...]:
    """What is blanked before a text is read."""
    return re.compile("|".join(_CLOSED)), re.compile(_COMPARED)


SENTENCE_END = re.compile(r"[。；;！!？?\n\r]+")
CLAUSE_END = re.compile(r"[，、：:（）()\[\]【】]|,(?!\d{3}(?!\d))")
