"""The one exception of the guard."""

from collections.abc import Mapping
from typing import Any


class WorkbookRefused(Exception):
    """A file that is not read, with the reason as a code and parameters (numbers, cell names, sheet names).

    Codes are the keys of `sentences.SENTENCES`; they can be stored and be put into words for each reader.
    """

    def __init__(self, code: str, params: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, Any] = {**(params or {}), **more}

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """The reason in the language of the reader."""
        from matchmaking.common.spreadsheet.sentences import sentence_for  # the reading process has no Django

        return sentence_for(self.code, self.params)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "params": self.params}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "WorkbookRefused":
        return cls(str(stored.get("code", "unreadable")), stored.get("params") or {})
