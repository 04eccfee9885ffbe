"""Headings that nobody knows: what they may be is judged by the values, and said by a person."""

import pytest
from django.urls import reverse

from matchmaking.intake.guessing import guess
from matchmaking.intake.importing import find_kind
from matchmaking.jobs.runner import run_due_jobs
from tests.workbooks import HEADINGS, build, good_rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("values", "columns", "why"), [
    (["6", "7", "6"], ["trl"], "level"),
    (["TRL6", "TRL 7级"], ["trl"], "level"),
    (["1", "2", "3", "4"], [], ""),  # a running number
    (["ZL202010123456.7", "ZL201910123456.X"], ["ip_items"], "right"),
    (["发明专利 ZL202010123456.7\n软著 2024SR0123456", "正在申请", "2025SR1234567"], ["ip_items"], "right"),
    (["2026年3月5日", "2026-03-06"], ["unit_opinion_on"], "day"),
    (["12万元", "3,000元"], ["price_fen", "finance_amount_fen"], "money"),
    (["12", "30"], [], ""),  # how much of what, nobody knows
    (["转让", "普通许可、作价入股"], ["coop_modes"], "code"),
    (["zhang@example.edu.cn", "li@example.edu.cn"], ["contact_email"], "email"),
    (["13800000000", "025-80000000"], ["contact_phone"], "phone"),
    (["机械工程学院", "环境学院"], [], ""),
    (["6"], [], ""),  # one value proves nothing
    ([], [], ""),
])  # fmt: skip
def test_what_values_look_like(values, columns, why):
    kind = find_kind("achievement")
    free = ["trl", "ip_items", "unit_opinion_on", "price_fen", "finance_amount_fen", "coop_modes", "contact_email",
            "contact_phone"]  # fmt: skip
    assert guess(kind, values, free) == (columns, why)


def test_a_column_that_is_taken_is_not_guessed():
    assert guess(find_kind("achievement"), ["TRL6", "TRL7"], ["contact_email"]) == ([], "")


def test_a_guess_is_offered_first_and_never_taken_silently(login, university_officer, upload):
    headings = [heading if heading != "成熟度*" else "目前做到哪一步" for heading in HEADINGS]
    rows = [{**row, "目前做到哪一步": level} for row, level in zip(good_rows(4), (6, 7, 5, 6), strict=True)]
    batch = upload(build(rows, headings=headings))
    assert "trl" not in batch.heading["places"]  # nothing was guessed for the person
    officer = login(university_officer)
    url = reverse("imports:columns", args=[batch.uuid])
    page = officer.get(url)
    (heading,) = [one for one in page.context["headings"] if one["text"] == "目前做到哪一步"]
    assert (heading["selected"], [one["name"] for one in heading["guessed"]]) == ("", ["trl"])
    text = page.content.decode()
    assert text.index('<optgroup label="') < text.index('<option value="trl">')
    officer.post(url, {"version": batch.version, f"column-{heading['index']}": "trl"})
    run_due_jobs()
    batch.refresh_from_db()
    assert batch.heading["places"]["trl"] == heading["index"]
