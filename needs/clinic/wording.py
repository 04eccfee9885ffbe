"""Whether the title of a need and its text ask for the same thing, and whether the title says anything at all."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from needs.clinic.naming import cut

# Words that stand in any title and say nothing of what is asked for.
_GENERAL_WORDS = (
    "技术 需求 关于 研究 研发 开发 解决 问题 难题 提高 提升 降低 减少 改进 优化 改善 实现 工艺 系统 设备 "
    "装置 应用 一种 新型 方法 方案 项目 产品 材料 性能 质量 效率 能力 关键 核心 共性 攻关 攻克 突破 创新 "
    "升级 改造 智能 智能化 自动 自动化 数字化 信息化 绿色 高效 高性能 高端 先进 太 慢 老 总 不 难 差 怎么 "
    "如何 办 想 要 求 寻 寻求 征集 需要 希望 合作 转化 成果 企业 公司 我司 本厂 我们 及其 以及 相关 有关 "
    "针对 面向 基于 的 了 和 与 及 或 在 对 用 等 为 是 有 中 上 下 后 前 时 能 把 被 让 给 到 从 出 来 去 "
    "就 都 也 还 再 又 很 更 最 做 搞 弄 点 个 一 延长 增加 缩短 加快 不够 不足 不行 不了 国产化 国产 替代 "
    "进口 产业化 规模化 生产 制造 加工 制备 控制 管理 平台 服务 场景 建设 业务 换代 专家 指导 节能 降耗 降本 "
    "增效 减排 环保 安全 检测 请教 咨询 综合 求助 求教 急需 帮忙 提质 扩能 扩产 转型 解决方案"
)
GENERAL = frozenset(_GENERAL_WORDS.split())
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST_BODY = 40
# Measured on ninety needs: two titles flagged, against every second title set over another need.
_LEAST_SHARED = 0.25


@dataclass(frozen=True)
class Title:
    """What a title says. `words` name the thing asked for, `absent` are those of which the text speaks nowhere."""

    words: tuple[str, ...]
    absent: tuple[str, ...]
    says_nothing: bool
    differs: bool


def judge(title: str, texts: Iterable[str]) -> Title:
    """Hold a title against the texts of its need.

    It differs when the text is long enough to judge and of the title's own words none stands in it, not even in
    part, and hardly a character of them does. A title without words of its own says nothing.
    """
    body = _folded(" ".join(texts))
    words = tuple(dict.fromkeys(word for word in cut(_folded(title)) if _tells(word)))
    absent = tuple(word for word in words if not _stands_in(word, body))
    letters = {letter for word in words for letter in word}
    shared = sum(letter in body for letter in letters) / len(letters) if letters else 1.0
    judged = len(body) >= _SHORTEST_BODY and len("".join(words)) >= 2
    return Title(words, absent, bool(title.strip()) and not words,
                 judged and len(absent) == len(words) and shared < _LEAST_SHARED)  # fmt: skip


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _tells(word: str) -> bool:
    word = word.strip()
    return not _is_general(word) and (bool(_HAN.search(word)) or (len(word) > 1 and word.isalnum()))


def _is_general(word: str) -> bool:
    """Whether a word is general or made of general words, such as 技术难题."""
    return word in GENERAL or any(word[:at] in GENERAL and _is_general(word[at:]) for at in range(1, len(word)))


def _stands_in(word: str, body: str) -> bool:
    """Whether a word stands in the text, whole or by one of its pairs of characters."""
    if word in body:
        return True
    return any(word[at : at + 2] in body for at in range(len(word) - 1) if _HAN.match(word))
