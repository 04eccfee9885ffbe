"""A university's own list, in a real browser with real workers: a heading is assigned, cells are mended by keyboard,
the records are imported; next term's list asks a question, withdraws what is gone, and is undone as a whole."""

import re

import pytest

from tests import messy
from tests.journeys.people import zh, zh_count
from tests.journeys.test_pages import look_at, violations

pytestmark = pytest.mark.browser
ROWS = 40
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RIGHT = {
    "cell-tech_field": "0804 先进制造工艺与装备",
    "cell-coop_modes": "普通许可",
    "cell-title": "一种在线改好的成果名称",
}


def expect(locator):
    from playwright.sync_api import expect

    return expect(locator)


def data():
    """Three wrong cells in two rows; every row complete."""
    rows = messy.good_rows(ROWS, seed=11)
    for number, row in enumerate(rows):
        row |= {"学院": messy.COLLEGES[number // 10], "成果名称*": f"{row['成果名称*']}·{number}", "意向价格区间": None}
        row["知识产权*"] = row["知识产权*"].replace("ZL2021", "ZL2019").replace("2023SR", "2019SR")
    rows[3] |= {"技术领域*": "0899 星际旅行", "合作方式*": "普通许可、包产到户"}
    rows[7]["成果名称*"] = "长" * 101
    return rows


def test_from_a_messy_list_to_an_undo(people, portal):
    officer = people("other_university")
    rows = data()
    hand_over(officer, "春季.xlsx", messy.build(rows))
    assign_the_level(officer)
    mend_by_keyboard(officer)
    look_closely(officer)
    officer.press_words(zh_count("Import %(n)s row", n=ROWS))
    expect(officer.page.get_by_text(zh_count("%(n)s new draft is made.", n=ROWS))).to_be_visible()

    rows[3] |= {"技术领域*": "0804", "合作方式*": "普通许可", "成熟度*": 9}
    rows[7]["成果名称*"] = RIGHT["cell-title"]
    rows[12] |= {"成果名称*": rows[12]["成果名称*"].replace("技术", "新技术"), "知识产权*": None}
    hand_over(officer, "秋季.xlsx", messy.build(rows[:-1]))
    answer(officer)
    withdraw_one(officer, rows[-1]["成果名称*"])
    import_all(officer)
    undo(officer)


def hand_over(officer, name, content):
    officer.go("/")
    bar = officer.page.get_by_role("navigation", name=zh("Main"))
    bar.locator("summary", has_text=zh("Our organisation")).click()
    bar.get_by_role("link", name=zh("Bulk import")).click()
    officer.follow("Upload a workbook")
    officer.page.get_by_role("link", name=zh("Achievements"), exact=True).last.click()
    officer.page.set_input_files("input[type=file]", {"name": name, "mimeType": XLSX, "buffer": content})
    officer.press("Upload and check")
    expect(officer.page.locator("#import-tiles")).to_be_visible()


def assign_the_level(officer):
    """One heading is the university's own; the page says so, and what it means is chosen from a list."""
    page = officer.page
    officer.follow("Assign the columns")
    page.get_by_label("目前做到哪一步").select_option("trl")
    officer.press("Save and check the file again")
    expect(page.locator("#import-tiles")).to_be_visible()
    expect(page.get_by_text("目前做到哪一步")).to_have_count(0)


def mend_by_keyboard(officer):
    """No mouse: the focus goes from one wrong cell to the next, a second mistake keeps what was typed."""
    page = officer.page
    wrong = page.locator("[data-mend-input][aria-invalid=true]")
    expect(wrong).to_have_count(3)
    wrong.first.focus()
    assert page.evaluate("document.activeElement.name") == "cell-tech_field"
    page.locator(":focus").select_option(RIGHT["cell-tech_field"])
    page.keyboard.press("Enter")
    expect(page.locator("[name=cell-coop_modes]:focus")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("普通许可、包干到户")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“包干到户”")).to_be_visible()
    expect(page.locator("[name=cell-coop_modes]:focus")).to_have_value("普通许可、包干到户")
    page.keyboard.press("Control+a")
    page.keyboard.type(RIGHT["cell-coop_modes"])
    page.keyboard.press("Enter")
    expect(page.locator("[name=cell-title]:focus")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type(RIGHT["cell-title"])
    page.keyboard.press("Control+Enter")
    expect(wrong).to_have_count(0)
    expect(page.locator("#import-next .btn-primary")).to_be_focused()


def look_closely(officer):
    """Every kind of list on this page and its neighbours: accessible, and no wider than a phone."""
    upload = officer.path
    pages = [f"{upload}?group={name}" for name in ("new", "changed", "mended", "invalid", "missing")]
    pages += [f"{upload}columns/", f"{upload}rows/9/", "/imports/", "/imports/achievement/new/"]
    assert look_at(officer, pages) == {}
    officer.go(upload)


def answer(officer):
    page = officer.page
    officer.page.get_by_role("link", name=re.compile(zh("Questions"))).last.click()
    row = page.locator("[data-ask]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("新技术")
    assert violations(page) == []
    row.get_by_role("button").first.click()
    expect(page.locator("[data-ask] [aria-pressed=true]")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(zh_count("Import %(n)s row", n=2)))).to_be_visible()


def withdraw_one(officer, title):
    page = officer.page
    page.get_by_role("navigation", name=zh("Groups of rows")).get_by_role(
        "link", name=re.compile(zh("Not in the file"))
    ).click()
    page.get_by_role("checkbox", name=title).check()
    said = zh_count("%(n)s record is ticked: it is withdrawn with the import.", n=1)
    expect(page.get_by_text(said).first).to_be_visible()


def import_all(officer):
    page = officer.page
    page.locator("[data-dialog=commit]").click()
    officer.press("Import", within=page.locator("dialog#commit"))
    expect(page.get_by_text(zh("The import is done"))).to_be_visible()


def undo(officer):
    page = officer.page
    officer.follow("Undo the import")
    officer.press("Undo the import")
    expect(page.get_by_text(zh("This import was undone."))).to_be_visible()
    officer.go("/achievements/mine/")
    drafts = page.get_by_role("link", name=zh("Drafts"))
    expect(drafts).to_contain_text(str(ROWS))
