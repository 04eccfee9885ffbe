"""Long forms in a real browser: unsaved text survives the tab, the rail counts along, a file proves a level."""

import re

import pytest

from tests.factories.files import PDF, png
from tests.journeys.people import PHONE, zh
from tests.journeys.test_pages import tab_to, violations

pytestmark = pytest.mark.browser
NEW = "/achievements/new/"
SUMMARY = "阵列探头在热态叶片上检出微小裂纹。" * 10


def expect(locator):
    from playwright.sync_api import expect

    return expect(locator)


def status(person):
    return person.page.locator("[data-autosave-status]")


def count_shown(person, filled, total=16):
    expect(person.page.locator("[data-rail-sum]").last).to_have_text(
        zh("{filled} of {total} needed fields").format(filled=filled, total=total)
    )


def kept(person):
    """Wait until the page says that the text is kept."""
    said = zh("Unsaved text kept at {at}").partition("{")[0]
    expect(status(person)).to_have_text(re.compile(rf"{said}\d\d:\d\d"))


def test_text_survives_a_closed_tab_and_goes_on_elsewhere(people):
    person = people("researcher")
    person.go(NEW)
    person.page.fill("#id_title", "热态叶片在线检测")
    person.page.fill("#id_summary", SUMMARY)
    count_shown(person, 3)
    person.page.fill("#id_indicators-0-name", "检出率")
    person.page.fill("#id_indicators-0-value", "98.5")
    person.page.locator("[data-formset=indicators]").get_by_role("button", name=zh("Add an indicator")).click()
    person.page.fill("#id_indicators-1-name", "误报率")
    person.page.fill("#id_indicators-1-value", "2")
    kept(person)
    person.page.fill("#id_keywords", "涡流，叶片，检测")  # and closes the lid before the page had the time
    person.page.close()

    elsewhere = people("researcher", width=PHONE, anew=True)
    elsewhere.go(NEW)
    offer = elsewhere.page.locator("[data-draft]").filter(has_text="热态叶片在线检测")
    expect(offer).to_have_count(1)
    assert violations(elsewhere.page) == []
    assert elsewhere.fits_the_screen()
    elsewhere.press("Take it up", within=offer)
    expect(elsewhere.page.locator("#id_title")).to_have_value("热态叶片在线检测")
    expect(elsewhere.page.locator("#id_indicators-1-name")).to_have_value("误报率")
    expect(elsewhere.page.locator("#id_keywords")).to_have_value("涡流，叶片，检测")
    elsewhere.press("Save draft")
    expect(elsewhere.heading()).to_have_text("热态叶片在线检测")

    elsewhere.go(NEW)
    elsewhere.page.wait_for_load_state("networkidle")
    assert elsewhere.page.locator("[data-draft]").count() == 0


def test_two_windows_write_over_nothing(people):
    first = people("researcher")
    first.go(NEW)
    first.page.fill("#id_title", "第一个窗口")
    kept(first)
    kept_as = first.page.locator("[name=draft]").input_value()
    second = first.context.new_page()
    second.goto(first.url + NEW)
    second.locator("[data-draft]").filter(has_text="第一个窗口").get_by_role("button", name=zh("Take it up")).click()
    expect(second.locator("#id_title")).to_have_value("第一个窗口")
    second.fill("#id_problem_solved", "第二个窗口接着写")
    expect(second.locator("[data-autosave-status]")).not_to_have_text("")
    first.page.bring_to_front()
    first.page.fill("#id_problem_solved", "第一个窗口也接着写")
    expect(first.page.locator("[name=draft]")).not_to_have_value(kept_as)  # goes on under a name of its own
    kept(first)

    third = people("researcher", anew=True)
    third.go(NEW)
    offers = third.page.locator("[data-draft]").filter(has_text="第一个窗口")
    expect(offers).to_have_count(2)
    for left in (1, 0):
        third.press("Discard", within=offers.first)
        expect(offers).to_have_count(left)


def test_a_report_is_added_and_a_stranger_refused(people):
    person = people("researcher")
    person.go(NEW)
    person.page.fill("#id_title", "带检测报告的成果")
    person.press("Save draft")
    expect(person.heading()).to_have_text("带检测报告的成果")
    record = person.path
    person.go(f"{record}edit/")
    person.page.fill("#id_summary", "还没有保存的文字")
    person.page.set_input_files("[name=documents]", [
        {"name": "检测报告.pdf", "mimeType": "application/pdf", "buffer": PDF},
        {"name": "现场.png", "mimeType": "image/png", "buffer": png(40, 30)},
    ])  # fmt: skip
    person.press("Add the files")
    expect(person.page.locator(".file-line")).to_have_count(2)
    expect(person.page.locator("#id_summary")).to_have_value("还没有保存的文字")
    assert violations(person.page) == []
    with person.page.expect_download() as download:
        person.page.get_by_role("link", name="检测报告.pdf").click()
    assert download.value.suggested_filename == "检测报告.pdf"
    address = person.page.get_by_role("link", name="检测报告.pdf").get_attribute("href")

    for role in ("other_university", "enterprise", None):
        assert people(role).context.request.get(person.url + address).status == 404
    assert people("university_officer").context.request.get(person.url + address).status == 200

    picture = person.page.locator(".file-line").filter(has_text="现场.png")
    picture.locator("summary", has_text=zh("Remove")).click()
    person.press("Remove this file", within=picture)
    expect(person.page.locator(".file-line")).to_have_count(1)


def test_the_form_by_keyboard(people):
    """The rail leads to a step; what is missing has the focus after handing in; the mouse is never touched."""
    person = people("researcher")
    page = person.go(NEW).page
    tab_to(page, ".form-rail a[href='#rights']")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#rights') !== null")
    page.locator("#id_title").focus()
    page.keyboard.type("只用键盘")
    tab_to(page, "button[name=save]", most=200)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/edit/\?check=1"))
    expect(page.locator("#id_summary")).to_be_focused()
    expect(page.locator(".form-rail .is-wrong")).not_to_have_count(0)


def test_the_rail_on_a_telephone(people):
    person = people("researcher", width=PHONE)
    page = person.go(NEW).page
    page.evaluate("window.scrollTo(0, 2000)")
    bar = page.locator("[data-rail-toggle]")
    expect(bar).to_be_in_viewport()
    bar.click()
    page.locator(".form-rail a[href='#contact']").click()
    expect(page.locator("#contact h2")).to_be_in_viewport()
    expect(page.locator(".form-rail ol")).to_be_hidden()
    assert violations(page) == []
    assert person.fits_the_screen()


NEED = "/needs/new/"
FIELDS = ("value", "value_high", "unit", "text")


def shown_in(row):
    return {name for name in FIELDS if row.locator(f"[name$='-{name}']").is_visible()}


def test_a_row_of_indicators_shows_the_fields_of_its_operator(people):
    person = people("enterprise")
    person.go(NEED)
    row = person.page.locator("[data-formset=indicators] [data-formset-row]").first
    operator = row.locator("[name$='-operator']")
    assert shown_in(row) == {"value", "unit"}

    row.locator("[name$='-unit']").fill("h")
    row.locator("[name$='-now']").fill("320")
    expect(row.locator(".input-group-text")).to_have_text("h")
    row.locator("[name$='-now']").fill("半年")
    expect(row.locator(".input-group-text")).to_be_hidden()

    operator.focus()  # by keyboard alone
    for key, fields in (("End", {"text"}), ("ArrowUp", {"value", "value_high", "unit"}), ("Home", {"value", "unit"})):
        person.page.keyboard.press(key)
        assert shown_in(row) == fields, key
        assert operator.evaluate("one => one === document.activeElement")

    took = operator.evaluate(
        """one => { one.value = "between"; const from = performance.now();
                    one.dispatchEvent(new Event("change", {bubbles: true})); document.body.offsetHeight;
                    return performance.now() - from; }"""
    )
    assert took < 100
    expect(row.locator("label[for$='-value']")).to_have_text(zh("lower value"))
    assert violations(person.page) == []

    person.page.locator("[data-formset=indicators] [data-formset-add]").click()
    added = person.page.locator("[data-formset=indicators] [data-formset-row]").nth(1)
    assert shown_in(added) == {"value", "unit"}


def test_without_scripts_a_row_of_indicators_shows_all_fields(people, portal, chromium):
    person = people("enterprise")
    person.go(NEED)
    plain = chromium.new_context(storage_state=person.context.storage_state(), java_script_enabled=False)
    page = plain.new_page()
    page.goto(portal.url + NEED)
    assert shown_in(page.locator("[data-formset=indicators] [data-formset-row]").first) == set(FIELDS)
    assert not page.locator("#clinic").is_visible()
    plain.close()


def test_on_a_phone_the_clinic_lies_over_the_form_and_leads_to_its_fields(people):
    person = people("enterprise", width=PHONE)
    person.go(NEED)
    button, sheet = person.page.locator("[data-clinic-open]"), person.page.locator("#clinic")
    expect(sheet).to_be_hidden()
    person.page.fill("#id_title", "请教")
    expect(button.locator("[data-clinic-count]")).to_have_text("1")
    before = person.page.evaluate("document.documentElement.scrollHeight")
    button.click()
    expect(sheet).to_be_visible()
    expect(sheet).to_be_focused()
    assert person.page.evaluate("document.documentElement.scrollHeight") == before
    assert person.fits_the_screen()
    assert violations(person.page) == []
    person.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    sheet.locator("a[href='#id_due_months']").click()
    expect(sheet).to_be_hidden()
    expect(person.page.locator("#id_due_months")).to_be_in_viewport()


def test_a_chosen_text_is_taken_up_where_it_was_written(people):
    person = people("enterprise")
    person.go(NEED)
    person.page.fill("#id_title", "刀具磨损在线监测")
    kept(person)
    person.go("/drafts/")
    line = person.page.locator(".record-item").filter(has_text="刀具磨损在线监测").first
    line.locator("a.btn-primary").first.click()
    expect(person.page.locator("#id_title")).to_have_value("刀具磨损在线监测")
    assert "draft=" not in person.page.url
