"""Which wordings are worth naming to a reader. What is counted never depends on this: a wording that is not named stays
in the sum, under the other shared wording. Standard library only.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBERS_AND_UNITS = re.compile(
    "[0-9.]+|(?:nm|um|mm|cm|dm|km|m)[23]?|mg|kg|t|pa|kpa|mpa|gpa|hz|khz|mhz|ghz|kv|mv|kw|mw|kwh|wh|ml|l|min|ms|us|ns|s|h|d|rpm"
    "|ppm|ppb|db|wt|℃|δe|koe|iacs|[a-z]"
)
_COUNTED = re.compile(
    "[一二两三四五六七八九十几数半百千万]+(?:|个|种|次|条|支|副|句|只|台|套|件|倍|成|天|年|月|小时|公斤|块|处|点|些|下|般|定|样)"
)
_EMPTY_WORDS = """
需求 项目 问题 技术 企业 公司 产品 方案 设备 系统 服务 单位 用户 客户 提升 解决
提高 改善 改进 改造 实现 采用 使用 进行 要求 目前 主要 关于 左右 之前 之后 以后
以上 以下 以内 之间 各自 前后 给出 通过 同时 能力 条件 办法 怎么办 太慢 太高 太低
太大 老是 越来越 出现 发展 时候 那么 跟不上 攻关 帮助 小时 个月 公斤 每吨 百分点
国内 长期 明显 研究 技术攻关 降本增效 要重新 重新 没有 不能 不敢 不要 希望 想要
可以 需要 具有 能够 其中 部分 多少 里面 现在 影响 情况 方面 工作 方法 结果 提供
相关 甚至 做过 增加 减少 变化 设计 处理 运行 试验 生产
"""
_EMPTY = re.compile(f"(?:{'|'.join(_EMPTY_WORDS.split())}|[的和与及等])+")


@lru_cache(maxsize=50_000)
def worth_naming(wording: str) -> bool:
    """Whether a reader learns something from a wording: not from numbers, units, counted things and words of every
    record, nor from several of these."""
    return not any(kind.fullmatch(wording) for kind in (_EMPTY, _NUMBERS_AND_UNITS, _COUNTED))
