"""Numbers and units as people write them in Chinese technical prose: 1,200, 三万六千, 半, 百分之三, 1×10⁶, 克/立方厘米.

Every pattern here reads text that `plain` has folded; folding keeps the length, so a place found in the folded text
is the same place in the text as it was written. Standard library only.
"""

import re
from decimal import Decimal, InvalidOperation

_DIGIT = {**{char: place for place, char in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2, "俩": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

# Full-width letters, digits and signs that carry figures. Commas, colons and brackets stay: they part clauses.
_FOLD = {full: chr(full - 0xFEE0) for full in range(0xFF01, 0xFF5F) if chr(full) not in "，：；！？（）"} | {
    ord(sign): plain_sign
    for signs, plain_sign in {"～∼〜": "~", "−﹣‒–—―": "-", "≧⩾≮": "≥", "≦⩽≯": "≤", "㎡": "㎡", "µ": "μ"}.items()
    for sign in signs
}
# Units in words → as the indicator rows spell them, so that they can be compared.
_WORDS = {
    "纳米": "nm", "微米": "μm", "毫米": "mm", "厘米": "cm", "分米": "dm", "千米": "km", "公里": "km", "米": "m",
    "平方毫米": "mm²", "平方厘米": "cm²", "平方公里": "km²", "平方米": "m²", "㎡": "m²",
    "立方毫米": "mm³", "立方厘米": "cm³", "立方米": "m³", "毫升": "mL", "升": "L",
    "微克": "μg", "毫克": "mg", "千克": "kg", "公斤": "kg", "克": "g",
    "毫秒": "ms", "微秒": "μs", "千帕": "kPa", "兆帕": "MPa", "吉帕": "GPa", "帕": "Pa",
    "千瓦时": "kWh", "千瓦": "kW", "兆瓦": "MW", "毫瓦": "mW", "瓦": "W", "千伏": "kV", "毫伏": "mV", "伏": "V",
    "毫安": "mA", "安培": "A", "千赫": "kHz", "兆赫": "MHz", "吉赫": "GHz", "赫兹": "Hz", "赫": "Hz",
    "欧姆": "Ω", "千欧": "kΩ", "兆欧": "MΩ", "毫欧": "mΩ", "微安": "μA", "流明": "lm", "勒克斯": "lx",
    "分贝": "dB", "摄氏度": "℃", "°C": "℃", "度": "℃", "个百分点": "百分点", "个月": "月", "个小时": "小时",
    "千牛": "kN", "牛": "N", "转/分钟": "r/min", "转/分": "r/min", "牛米": "N·m",
}  # fmt: skip
_OWN = (
    "万次", "万元", "亿元", "百分点", "年", "月", "周", "天", "日", "小时", "分钟", "秒", "吨", "亩", "公顷", "元",
    "次", "倍", "级", "模次", "炉次", "炉", "点", "℃", "转", "目",
)  # fmt: skip
COUNTED = (
    "件",
    "个",
    "块",
    "只",
    "支",
    "袋",
    "瓶",
    "包",
    "箱",
    "张",
    "粒",
    "颗",
    "页",
    "种",
    "项",
    "台",
    "套",
    "条",
    "片",
    "根",
    "处",
    "类",
    "批",
    "人",
    "名",
    "家",
    "层",
    "路",
    "道",
)
_TIME = frozenset({"年", "月", "周", "天", "日", "小时"})
# Prices as they are spoken: 两块五, 八毛钱; and tenths: 九成二. The digit behind counts a tenth of what stands before.
_SPOKEN = {"块": (Decimal(1), "元"), "毛": (Decimal("0.1"), "元"), "成": (Decimal(10), "%")}
_SPOKEN_UNIT = (
    "块钱|块[一二三四五六七八九半](?![个件块条台])|毛钱?(?![病刺发坯料细利重])"
    "|成(?:[一二三四五六七八九半](?![个件块条台])|(?=[，,、。；;以之往]|$))"
)
MONEY = frozenset({"元", "万元", "亿元"})
PEOPLE = frozenset({"人", "名", "家"})

_SPELLINGS = sorted({*_WORDS, *_OWN, *COUNTED}, key=len, reverse=True)
_WORD_UNIT = "|".join(map(re.escape, _SPELLINGS))
_SYMBOL = r"(?:%(?:RH|vol|wt)?|‰|℃|°C|Ω|[A-Za-zμ°Ω][A-Za-zμΩ]{0,5}(?:[²³⁻¹]|\^?-?[23](?![0-9]))*)"
_ONE_UNIT = rf"(?:{_SPOKEN_UNIT}|分(?=[之以][内上下]|[，,、。；;]|$)|{_WORD_UNIT}|{_SYMBOL})"
UNIT = rf"(?:{_ONE_UNIT}(?:[·•*]{_SYMBOL})?(?:[/每]\(?(?:{_ONE_UNIT})(?:[·•*]{_SYMBOL})*\)?){{0,2}})"

ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_SCIENTIFIC = rf"(?:{ARABIC}\s?[×xX*]\s?)?10(?:[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|\^-?\d+)"
_SIGNS = "[零〇一二两三四五六七八九十百千万亿]"
# A number begins where its signs begin. A longer run is none: to try it from each of its signs is quadratic.
_CHINESE = rf"(?<!{_SIGNS})(?={_SIGNS}{{1,20}}(?!{_SIGNS})){_SIGNS}+(?:点[零〇一二三四五六七八九]+)?|半"
NUMBER = (
    rf"(?:(?:{_SCIENTIFIC})|(?:{ARABIC})(?:[eE][+-]?\d{{1,2}})?(?:[十百千万亿]+(?![克米瓦伏帕牛赫]))?|(?:{_CHINESE}))"
)
SIGNED = rf"(?:零下\s?|负|(?<![0-9A-Za-z℃%])-\s?)?{NUMBER}"
PERCENT = r"(?:百分之|千分之|百万分之|万分之)"
_SHARE = {"百万分之": "ppm", "百分之": "%", "千分之": "‰"}


def plain(text: str) -> str:
    """The text folded sign by sign: half-width figures, one kind of dash, tilde and comparison sign."""
    return text.translate(_FOLD)


def number(written: str) -> Decimal | None:
    """What a number says that `SIGNED` has found; None when it says nothing, such as 千万 of 千万不要."""
    text = re.sub(r"\s", "", written)
    sign = -1 if text.startswith(("零下", "负", "-")) else 1
    text = text.removeprefix("零下").removeprefix("负").removeprefix("-")
    try:
        value = _unsigned(text)
    except (InvalidOperation, ValueError):
        return None
    return None if value is None else sign * value


def _unsigned(text: str) -> Decimal | None:
    if text == "半":
        return Decimal("0.5")
    if power := re.fullmatch(r"(?:(.+?)[×xX*])?10(?:([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|\^(-?\d+))", text):
        factor, high, caret = power.groups()
        exponent = int((high or caret).translate(_POWERS))
        if abs(exponent) > 15:
            return None
        return Decimal((factor or "1").replace(",", "")) * Decimal(10) ** exponent
    if found := re.fullmatch(r"([\d,]+(?:\.\d+)?(?:[eE][+-]?\d+)?)([十百千万亿]*)", text):
        value = Decimal(found[1].replace(",", ""))
        for sign in found[2]:
            value *= _LARGE.get(sign) or _TENS[sign]
        return value
    whole, _, decimals = text.partition("点")
    whole_value = _chinese(whole)
    if whole_value is None or not decimals:
        return whole_value
    return whole_value + Decimal("0." + "".join(str(_DIGIT[char]) for char in decimals))


def _chinese(text: str) -> Decimal | None:
    """三万六千 → 36000, 十二 → 12, 一百零五 → 105, 二〇 → 20, 三万六 → 36000."""
    if not any(char in _DIGIT or char == "十" for char in text):
        return None
    if len(text) > 1 and all(char in _DIGIT for char in text):
        return Decimal("".join(str(_DIGIT[char]) for char in text))
    total, part, digit, last = Decimal(0), Decimal(0), 0, 1
    for char in text:
        if char in _DIGIT:
            digit = _DIGIT[char]
            last = 1 if digit == 0 else last
        elif char in _TENS:
            last = _TENS[char]
            part += (digit or 1) * last
            digit = 0
        else:
            size = _LARGE[char]
            # 一亿二千万: the 万 belongs to what follows the 亿; 三千万亿: to all before it.
            total = total + (part + digit) * size if total >= size else (total + part + digit) * size
            last, part, digit = int(size), Decimal(0), 0
    # 三万六, 一百五: the last digit counts in tenths of what stands before it.
    return total + part + digit * (last // 10 if last > 10 else 1)


def unit(written: str) -> str:
    """A unit as indicator rows spell it: 克/立方厘米 → g/cm³, 个月 → 月."""
    text = re.sub(r"[•*]", "·", written.strip()).replace("每", "/")
    if re.fullmatch(_SPOKEN_UNIT, text):
        return _SPOKEN[text[0]][1]
    if text in _WORDS:
        return _WORDS[text]
    parts = [_WORDS.get(part.strip("()"), part) for part in text.split("/")]
    return re.sub(r"\^?(-?)([23])$", lambda found: ("⁻" if found[1] else "") + {"2": "²", "3": "³"}[found[2]],
                  "/".join(parts)) if re.search(r"[a-z]\^?[23]$", text) else "/".join(parts)  # fmt: skip


def measured(written_number: str, written_unit: str) -> tuple[Decimal, str] | None:
    """A number with its unit as a row holds them: 30 + 万次 stays 万次, 5万 + 吨 becomes 50000 吨."""
    share = next((words for words in _SHARE if written_number.startswith(words)), "")
    text = written_number.removeprefix(share)
    if text.startswith("万分之"):
        value = number(text.removeprefix("万分之"))
        return None if value is None else (value / 10, "‰")
    if share:
        value = number(text)
        return None if value is None else (value, _SHARE[share])
    if text.endswith("万") and written_unit in ("次", "元") and text != "万":
        text, written_unit = text[:-1], f"万{written_unit}"
    value = number(text)
    if value is not None and re.fullmatch(_SPOKEN_UNIT, written_unit):
        size, name = _SPOKEN[written_unit[0]]
        part = _unsigned(written_unit[1:].removesuffix("钱")) or Decimal(0)
        return size * (value + (part if part == Decimal("0.5") else part / 10)), name
    return None if value is None else (value, unit(written_unit))


def is_time(spelled: str) -> bool:
    """Whether a unit measures so long a time that it may be a term and not an indicator."""
    return spelled in _TIME


def is_temperature(spelled: str) -> bool:
    return spelled in ("℃", "K")
