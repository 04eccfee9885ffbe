"""The main job, end to end, in a real browser with real workers: a university's spreadsheet becomes a reviewed match,
both sides say yes, contact opens, and the board shows it."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from tests.journeys import uploading
from tests.journeys.people import zh, zh_count

pytestmark = pytest.mark.browser
NOTHING_YET = "No match to show yet. They appear here by themselves once an officer has released them."
DATED = re.compile(r"20\d\d-\d\d-\d\d")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def expect(locator):
    from playwright.sync_api import expect

    return expect(locator)


def test_from_upload_to_contact(people, portal):
    offer, wanted = portal.facts["offer"], portal.facts["need"]
    officer, educator = people("university_officer"), people("edu")
    upload(officer, offer)
    submit_achievement(officer, offer["title"])
    accept_achievement(educator, offer["title"])

    lead, park, reviewer = people("enterprise"), people("park"), people("miit")
    need = post_need(lead, wanted)
    pass_on(park, wanted["title"])
    publish(reviewer, wanted["title"], need, offer["title"])

    show_both_open_pages(officer, offer["title"], lead, need)
    release(reviewer, offer["title"])
    expect(lead.live_matches().filter(has_text=offer["title"])).to_be_visible()
    expect(officer.live_matches().filter(has_text=wanted["title"])).to_be_visible()

    lead.live_matches().filter(has_text=offer["title"]).get_by_role("link").click()
    officer.live_matches().filter(has_text=wanted["title"]).get_by_role("link").click()
    match = lead.path
    assert officer.path == match
    say_yes(lead)
    expect(lead.page.get_by_role("heading", name=zh("Contact"), exact=True)).to_have_count(0)
    say_yes(officer)
    read_contact(officer, "常一诺")
    read_contact(lead, "王老师")

    see_progress(lead, need)
    see_board(reviewer, wanted["title"])


def upload(officer, record):
    """A workbook with seven wrong rows: the good rows first, then the wrong ones, mended in the downloaded file."""
    content, cells, right = uploading.workbook(record)
    before = drafts_of(officer)
    officer.go("/imports/achievement/new/")
    hand_over(officer, "成果清单.xlsx", content)
    expect(officer.page.locator("#import .mend-row")).to_have_count(uploading.BAD)
    for address, mistake in cells.items():
        line = officer.page.locator("#import .mend-row").filter(has=officer.page.get_by_text(address, exact=True))
        expect(line).to_contain_text(mistake.heading.rstrip("*").partition("（")[0])
    with officer.page.expect_download() as download:
        officer.follow("Download the rows with errors")
    mended = uploading.mend(download.value.path(), cells, right)
    good = uploading.ROWS - uploading.BAD
    officer.press_words(zh("Import the %(good)s good rows, leave out the %(bad)s bad ones", good=good, bad=7))
    officer.press("Import", within=officer.page.locator("dialog#commit"))
    expect(officer.page.get_by_text(zh_count("%(n)s new draft is made.", n=good))).to_be_visible()

    officer.follow("Upload another file")
    hand_over(officer, "待修改行.xlsx", mended)
    officer.press_words(zh_count("Import %(n)s row", n=uploading.BAD))
    expect(officer.page.get_by_text(zh_count("%(n)s new draft is made.", n=uploading.BAD))).to_be_visible()
    officer.follow("Open the drafts")
    expect(drafts(officer)).to_contain_text(str(before + uploading.ROWS))


def drafts(officer):
    return officer.page.get_by_role("link", name=zh("Drafts"))


def drafts_of(officer):
    """How many drafts the university has; other journeys leave some behind."""
    officer.go("/achievements/mine/?group=draft")
    return int("".join(filter(str.isdigit, drafts(officer).inner_text())))


def hand_over(officer, name, content):
    officer.page.set_input_files("input[type=file]", {"name": name, "mimeType": XLSX, "buffer": content})
    officer.press("Upload and check")


def submit_achievement(officer, title):
    """The imported draft is found, opened, checked, declared free of secrets and handed to the region."""
    officer.page.get_by_label(zh("Title or number")).fill(title[-12:])
    officer.press("Search", within=officer.page.locator("main"))
    officer.page.locator("#results").get_by_role("link", name=title).click()
    officer.follow("Hand in")
    officer.page.get_by_label(zh("Opinion of the unit")).fill("权属清晰，同意推荐。")
    officer.choose("We declare that this record holds no state secret and may be published.")
    officer.press("Submit to the region")
    expect(officer.page.get_by_text(zh("The record is submitted to the region."))).to_be_visible()


def accept_achievement(educator, title):
    educator.go("/achievements/review/")
    educator.page.get_by_role("link", name=title).click()
    educator.press("Pass")
    expect(educator.page.get_by_text(zh("The record is in the pool and is being matched."))).to_be_visible()


def post_need(lead, wanted):
    """The enterprise fills the form in as it would, section by section, and submits."""
    lead.go("/needs/new/")
    page = lead.page
    for name in ("title", "background", "problem", "goal", "tried", "basis", "chain_link"):
        page.locator(f"[name={name}]").fill(wanted[name])
    for name in ("need_kind", "tech_field", "industry", "target_trl", "budget_band", "ip_terms"):
        page.locator(f"[name={name}]").select_option(str(wanted[name]))
    for code in wanted["coop_modes"]:
        page.locator(f"[name=coop_modes][value={code}]").check()
    page.locator("[name=due_months]").fill(str(wanted["due_months"]))
    page.locator("[name=open_until]").fill(f"{timezone.localdate() + timedelta(days=90):%Y-%m-%d}")
    for number, row in enumerate(wanted["indicators"]):
        if number:
            lead.press("Add an indicator")
        for name in ("name", "value", "unit", "now"):
            page.locator(f"[name=indicators-{number}-{name}]").fill(row[name])
        page.locator(f"[name=indicators-{number}-operator]").select_option(row["operator"])
    for name, value in (("name", "常一诺"), ("position", "总工程师"), ("phone", "19000000012")):
        page.locator(f"[name=contact_{name}]").fill(value)
    lead.press("Save and submit")
    expect(page.get_by_text(zh("The need has been submitted."))).to_be_visible()
    return lead.path


def pass_on(park, title):
    park.go("/needs/review/")
    park.page.get_by_role("link", name=title).click()
    park.press("Pass on")
    expect(park.page.get_by_text(zh("The need has been passed on to the region."))).to_be_visible()


def publish(reviewer, title, need, fitting):
    """Published, matched by a worker; the proposal comes to the officer's open page by itself."""
    reviewer.go("/needs/review/")
    reviewer.page.get_by_role("link", name=title).click()
    reviewer.press("Publish")
    expect(reviewer.page.get_by_text(zh("The need is published and is being matched."))).to_be_visible()
    reviewer.go(need)
    expect(reviewer.live_matches().filter(has_text=fitting)).to_contain_text(zh("proposed"))


def show_both_open_pages(officer, title, lead, need):
    """The enterprise at its need, the university at its achievement: nothing is shown before the release."""
    lead.go(need)
    expect(lead.page.locator("#matches")).to_contain_text(zh(NOTHING_YET))
    officer.go("/achievements/mine/?group=pool")
    officer.page.locator("#results").get_by_role("link", name=title).click()
    expect(officer.page.locator("#matches")).to_contain_text(zh(NOTHING_YET))


def release(reviewer, fitting):
    reviewer.go("/matches/review/")
    line = reviewer.page.locator("#results tbody tr").filter(has_text=fitting)
    line.get_by_role("checkbox").check()
    reviewer.press("Release")
    said = zh_count(
        "{n} match released. Both sides have been told and have {days} working days to answer. {link}", 1
    ).format(n=1, days=settings.ANSWER_WORKING_DAYS, link="")
    expect(reviewer.page.get_by_text(said)).to_be_visible()


def say_yes(person):
    person.page.get_by_role("radio", name=zh("interested"), exact=True).check()
    person.press("Send the answer")
    expect(person.page.locator(".messages")).to_be_visible()
    expect(person.page.locator("[data-answer-form]")).to_have_count(0)


def read_contact(person, name):
    person.press("Show the other side's contact")
    expect(person.page.locator("#contact")).to_contain_text(name)


def see_progress(lead, need):
    """The need's own page of progress: dated steps, and the history."""
    lead.go(need)
    lead.follow("Progress")
    opened = lead.page.locator(".rail-step").filter(has_text=zh("Contact opened"))
    expect(opened).to_have_attribute("aria-current", "step")
    expect(opened.locator(".rail-note")).to_have_text(DATED)


def see_board(reviewer, title):
    reviewer.go("/board/")
    row = reviewer.page.get_by_role("row").filter(has_text=zh("contact opened"))
    row.get_by_role("link").click()
    expect(reviewer.page.get_by_role("row").filter(has_text=title)).to_be_visible()
