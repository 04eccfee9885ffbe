"""Values of rows in words, for a comparison of before and after: in Chinese, as they would stand in the workbook."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import override

from matchmaking.common.formats import plain, yuan
from matchmaking.intake.importing import Column
from matchmaking.vocabularies import selectors as vocabularies


class RowWords:
    """Knows the columns of a kind: `words(name, value)`."""

    def __init__(self, columns: Sequence[Column], *, money: Iterable[str] = ()) -> None:
        self.tables = {column.name: column.table for column in columns if column.table}
        self.money = frozenset(money)

    def __call__(self, name: str, value: Any) -> str:
        if value is None or value in ("", []):
            return ""
        with override("zh-hans"):
            if name in self.money:
                return str(yuan(value))
            if name in self.tables:
                codes = value if isinstance(value, list) else [str(value)]
                return "、".join(vocabularies.labels(self.tables[name], codes))
            if isinstance(value, list):
                return "、".join(str(one) for one in value)
            if isinstance(value, bool):
                return "是" if value else "否"
            return str(plain(value))
