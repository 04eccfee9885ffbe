"""The same workbook through django-import-export, for `import_.py`; run by an interpreter that has the library.

Done in the library's own way, as fast as it goes: bulk creation, unchanged rows skipped, codes read by a widget that
asks the portal's vocabularies. What it leaves out, because the library has no place for it: the guarded parser,
indicators, rights, people and units as rows of their own, protected fields, the comparison in words, a stored preview,
questions about similar records, missing records, the search vector, the history, an undo. So it writes one table where
the portal writes six.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import django

django.setup()

import tablib  # noqa: E402
from django.db import connection  # noqa: E402
from import_export import fields, resources, widgets  # noqa: E402

from catalog.models import Achievement  # noqa: E402
from matchmaking.programmes.models import Programme  # noqa: E402
from matchmaking.vocabularies.models import Region  # noqa: E402
from matchmaking.vocabularies.selectors import find_code, find_codes  # noqa: E402

PLAIN = {
    "成果名称*": "title", "成果简介*": "summary", "解决的问题*": "problem_solved", "技术要点与创新点*": "key_points",
    "应用场景": "application_text", "国家科技计划项目编号": "grant_no", "所需条件": "needs_from_partner",
}  # fmt: skip
ONE = {"技术领域*": ("tech_field", "HNTE8"), "战略性新兴产业": ("sei", "SEI9"), "学科*": ("discipline", "GB13745"),
       "成果来源*": ("source", "ACH_SRC"), "权属状况*": ("ownership", "OWNERSHIP"),
       "意向价格区间": ("price_band", "PRICE_BAND")}  # fmt: skip
MANY = {"应用行业*": ("applications", "GB4754"), "合作方式*": ("coop_modes", "COOP_MODE")}


class CodeWidget(widgets.Widget):
    """One code of a vocabulary, by code, name or synonym."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table = table

    def clean(self, value: Any, row: Any = None, **_kwargs: Any) -> str:
        if value in (None, ""):
            return ""
        code = find_code(self.table, str(value)) or find_code(self.table, str(value).zfill(4))
        if not code:
            raise ValueError(f"{value} is not in {self.table}")
        return code


class CodesWidget(CodeWidget):
    """Several codes in one cell."""

    def clean(self, value: Any, row: Any = None, **_kwargs: Any) -> list[str]:
        codes, unknown = find_codes(self.table, str(value or ""))
        if unknown:
            raise ValueError(f"{unknown} not in {self.table}")
        return codes

    def render(self, value: Any, obj: Any = None, **_kwargs: Any) -> str:
        return "、".join(value or ())


class TextWidget(widgets.CharWidget):
    """Text of at most so many characters, as the column of the table."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.longest = Achievement._meta.get_field(name).max_length  # noqa: SLF001

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = super().clean(value, row, **kwargs) or ""
        if len(text) > self.longest:
            raise ValueError(f"more than {self.longest} characters")
        return text


class WordsWidget(widgets.Widget):
    """Words separated by 、."""

    def clean(self, value: Any, row: Any = None, **_kwargs: Any) -> list[str]:
        return [word for word in str(value or "").replace("；", "、").split("、") if word]

    def render(self, value: Any, obj: Any = None, **_kwargs: Any) -> str:
        return "、".join(value or ())


class AchievementResource(resources.ModelResource):
    """One row, one record; named by its title."""

    class Meta:
        model = Achievement
        import_id_fields = ("title",)
        fields = (*PLAIN.values(), *(name for name, _table in (*ONE.values(), *MANY.values())), "keywords")
        use_bulk = True
        batch_size = 500
        skip_unchanged = True
        report_skipped = False
        use_transactions = True

    def __init__(self) -> None:
        super().__init__()
        for heading, name in PLAIN.items():
            self.fields[name] = fields.Field(column_name=heading, attribute=name, widget=TextWidget(name))
        for heading, (name, table) in ONE.items():
            self.fields[name] = fields.Field(column_name=heading, attribute=name, widget=CodeWidget(table))
        for heading, (name, table) in MANY.items():
            self.fields[name] = fields.Field(column_name=heading, attribute=name, widget=CodesWidget(table))
        self.fields["keywords"] = fields.Field(column_name="关键词*", attribute="keywords", widget=WordsWidget())
        self.programme, self.region = Programme.objects.first(), Region.objects.first()
        self.made = 0

    def before_save_instance(self, instance: Any, row: Any, **_kwargs: Any) -> None:
        self.made += 1
        instance.public_no = f"PEER-{self.made:06d}"
        instance.programme, instance.region = self.programme, self.region


def main() -> None:
    started = time.perf_counter()
    dataset = tablib.Dataset().load(Path(sys.argv[1]).read_bytes(), format="xlsx")
    result: dict[str, Any] = {"parse": round(time.perf_counter() - started, 1)}
    for name in ("check", "commit"):
        started, cpu = time.perf_counter(), time.process_time()
        found = AchievementResource().import_data(dataset, dry_run=name == "check", raise_errors=False)
        seconds = time.perf_counter() - started
        rate, peak = round(len(dataset) / seconds), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        totals = {total: count for total, count in found.totals.items() if count}
        cpu = time.process_time() - cpu
        result[name] = {"seconds": round(seconds, 1), "cpu": round(cpu, 1), "rows_a_second": rate, "peak_mb": peak,
                        "totals": totals}  # fmt: skip
        # One row with an error would roll all of them back, so the person takes them out of the file first.
        wrong = {number for number, _errors in found.row_errors()} | {row.number for row in found.invalid_rows}
        for number in sorted(wrong, reverse=True):
            del dataset[number - 1]
    result["written"] = Achievement.objects.filter(public_no__startswith="PEER").count()
    connection.close()
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
