"""An officer sends a record back with notes at two fields; the owner finds them there, changes both and files again;
the officer sees what changed and passes it. Then the owner changes what is published, and the officer checks that."""

import pytest

from tests.journeys.people import zh, zh_count

pytestmark = pytest.mark.browser
NOTES = {"title": "请写明检测对象。", "keywords": "请补充应用场景的关键词。"}
NEW_TITLE = "面向产线的在线检测装置"


def expect(locator):
    from playwright.sync_api import expect

    return expect(locator)


def test_return_with_notes_and_resubmit(people, portal):
    title = portal.facts["to_return"]
    educator, officer = people("edu"), people("university_officer")
    send_back(educator, title)
    mend(officer, title)
    see_what_changed_and_pass(educator)
    change_the_published_record(officer)
    check_the_change(educator)


def send_back(educator, title):
    educator.go("/achievements/review/")
    page = educator.page
    page.get_by_role("link", name=title).click()
    for field, note in NOTES.items():
        box = page.locator(f"details.note:has([name=note_{field}])")
        box.locator("summary").click()
        box.locator(f"[name=note_{field}]").fill(note)
    page.locator("[name=reason]").fill("题目和关键词需要补充。")
    page.locator("[name=reasons][value=unclear]").check()
    educator.press("Return for correction")
    expect(page.get_by_text(zh("The record went back to its owner with your notes."))).to_be_visible()


def mend(officer, title):
    officer.go("/achievements/mine/?group=returned")
    officer.page.locator("#results").get_by_role("link", name=title).click()
    expect(officer.page.get_by_text("题目和关键词需要补充。")).to_be_visible()
    officer.follow("Edit")
    for field, note in NOTES.items():
        cell = officer.page.locator("form .card .row > div").filter(has=officer.page.locator(f"[name={field}]"))
        expect(cell.locator(".field-note")).to_contain_text(note)
    assert officer.fits_the_screen()
    officer.page.locator("[name=title]").fill(NEW_TITLE)
    written = officer.page.locator("[name=keywords]").input_value()
    officer.page.locator("[name=keywords]").fill(f"{written}，在线检测")
    officer.press("Save and submit")
    officer.page.get_by_label(zh("Opinion of the unit")).fill("已按意见修改。")
    officer.choose("We declare that this record holds no state secret and may be published.")
    officer.press("Submit to the region")
    expect(officer.page.get_by_text(zh("The record is submitted to the region."))).to_be_visible()


def see_what_changed_and_pass(educator):
    educator.go("/achievements/review/?group=back")
    educator.page.get_by_role("link", name=NEW_TITLE).click()
    since = educator.page.locator("#since")
    expect(since.locator("tbody tr")).to_have_count(2)
    for note in NOTES.values():
        expect(since).to_contain_text(note)
    expect(since.locator("ins").filter(has_text="在线检测").last).to_be_visible()
    educator.resize(375)
    assert educator.fits_the_screen()
    educator.resize(1280)
    educator.press("Pass")
    expect(educator.page.get_by_text(zh("The record is in the pool and is being matched."))).to_be_visible()


def change_the_published_record(officer):
    officer.go("/achievements/mine/?group=pool")
    officer.page.locator("#results").get_by_role("link", name=NEW_TITLE).click()
    officer.follow("Edit")
    officer.page.locator("[name=title]").fill(f"{NEW_TITLE}（二代）")
    officer.page.locator("[name=benefit]").fill("两条产线年节约一百万元。")
    officer.press("Save the change")
    expect(
        officer.page.get_by_text(zh("Live now: %(fields)s", fields=zh("Economic and social benefit")))
    ).to_be_visible()
    expect(officer.heading()).to_have_text(NEW_TITLE)
    officer.page.get_by_role("link", name=zh_count("%(n)s version kept", n=4)).click()
    expect(officer.heading()).to_have_text(zh("Versions"))


def check_the_change(educator):
    educator.go("/achievements/review/?group=changes")
    educator.page.get_by_role("link", name=NEW_TITLE).click()
    expect(educator.page.locator("ins")).to_have_text("（二代）")
    educator.press("Pass")
    expect(educator.page.get_by_text(zh("The change is live."))).to_be_visible()
