"""Which of the words that carry a match are worth reading: not those that stand in any text.

Only what is shown is chosen here. The points of every word stay in the account of the score.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Read off the shared and missing words of all proposals of the sample data.
_LIST = """
    时间 次数 占比 比例 剩余 效果 距离 人工 直接 连续 下降 降低 提高 增加 延长 减少 提前 后期 反而 只能 包括 不影响
    造成 自己 判断 回答 安排 操作 检查 评价 考核 概率 基本 综合 预先 逼近 最低 最高 最坏 变慢 关掉 先做 也做 摸上去
    系统内 处理后 小时后 处理 问题 情况 方面 目前 现有 进行 采用 实现 要求 使用 影响 背书"""
_COMMON = frozenset(_LIST.split())
# “every …”, “each …”, or a number with what is counted.
_COUNTED = re.compile(r"[每各](?!向).*|[前后]?[一二两三四五六七八九十几半单][个路层周只株度年月天次条份台种类件]?")


def telling(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words that say what a text is about, in their order."""
    return tuple(word for word in words if word not in _COMMON and not _COUNTED.fullmatch(word))
