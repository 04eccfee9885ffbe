"""Search, narrow by a facet, keep the search; something new is published; the mail comes once and its link opens it.

And: tick records in a list and look at them side by side, on a telephone too.
"""

import textwrap
import time

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PHONE, zh
from tests.journeys.test_pages import violations

pytestmark = pytest.mark.browser
WORD = "谐波减速器"
OLD, NEW, LATER = f"{WORD}老题目", f"{WORD}新题目", f"{WORD}又一题目"
NAME = "减速器需求"


def in_portal(portal, code, *values):
    """Run Python inside the instance, as its operator could: the world of a day that passes in a second."""
    return portal.tell(textwrap.dedent(code), *values).strip()


def publish(portal, title):
    """An enterprise's need that has been checked is published by the officer of its region."""
    in_portal(
        portal,
        """
        import sys
        from matchmaking.accounts.models import User
        from needs.services import publish_need
        from tests.factories.needs import make_need
        lead, officer = User.objects.get(username="demo.enterprise"), User.objects.get(username="demo.miit")
        need = make_need(lead.active_memberships[0].organisation, lead, state="checked", title=sys.argv[1])
        publish_need(by=officer, need=need, version=need.version)
        """,
        title,
    )


def next_morning(portal):
    """A day passes; the morning's job tells everybody what is new. Waits until it is done."""
    job = in_portal(
        portal,
        """
        from datetime import timedelta
        from django.db.models import F
        from matchmaking.finding.models import SavedSearch
        from matchmaking.jobs.services import enqueue
        SavedSearch.objects.update(checked_at=F("checked_at") - timedelta(days=1))
        print(enqueue(kind="tell_saved_searches", args={}).pk)
        """,
    )
    until = time.monotonic() + 60
    while portal.server.run(f"SELECT state FROM jobs_job WHERE id = {job}", database=portal.database)[0][0] != "done":
        assert time.monotonic() < until, "the job does not end"
        time.sleep(0.2)


def mails(portal):
    found = portal.server.run("SELECT body FROM notifications_outboxmail ORDER BY id", database=portal.database)
    return [body for (body,) in found if NAME in body]


def test_a_saved_search_tells_what_is_new_once(portal, people):
    publish(portal, OLD)
    reader = people("other_university")
    page = reader.page
    reader.go("/")
    page.locator(".topbar-search input").first.fill(WORD)
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text(WORD)
    page.locator(".card-footer a[href^='/needs/']").click()

    page.locator("#facets .facet-count").first.wait_for()
    page.locator("#facet-need_kind-tackle").check()
    expect(page.locator(".chips")).to_contain_text(zh("Kind of need"))
    expect(page.locator(".result-count")).to_contain_text("1")
    assert "need_kind=tackle" in page.url
    assert violations(page) == []

    page.get_by_role("link", name=zh("Save this search")).click()
    page.get_by_label(zh("Name of the search")).fill(NAME)
    reader.press("Save the search")
    expect(reader.heading()).to_have_text(NAME)
    assert violations(page) == []

    publish(portal, NEW)
    next_morning(portal)
    [body] = mails(portal)
    assert NEW in body
    assert OLD not in body
    next_morning(portal)
    assert len(mails(portal)) == 1

    publish(portal, LATER)
    next_morning(portal)
    assert len(mails(portal)) == 2
    assert NEW not in mails(portal)[1]

    link = next(word for word in body.split() if "/saved-searches/" in word and "/stop/" not in word)
    reader.go(link[link.index("/saved-searches/") :])
    expect(page.get_by_role("link", name=NEW)).to_be_visible()
    page.get_by_role("link", name=NEW).click()
    expect(reader.heading()).to_have_text(NEW)

    visitor = people(None)
    stop = next(word for word in body.split() if "/stop/" in word)
    visitor.go(stop[stop.index("/saved-searches/") :])
    visitor.press("Stop the mails of this search")
    publish(portal, f"{WORD}最后一题")
    next_morning(portal)
    assert len(mails(portal)) == 2


@pytest.mark.parametrize("width", [1280, PHONE])
def test_records_side_by_side(people, width):
    visitor = people(None, width=width)
    page = visitor.page
    visitor.go("/achievements/")
    boxes = page.locator("[data-compare-item]")
    for place in (0, 1, 2):
        boxes.nth(place).check()
    expect(page.locator("#compare-form")).to_contain_text("3")
    page.locator("a[rel=next]").click()
    expect(page.locator(".page-item.active")).to_have_text("2")
    page.locator("[data-compare-item]").first.check()
    page.locator("[data-compare-item]").nth(1).click()
    expect(page.locator("[data-compare-item]").nth(1)).not_to_be_checked()  # four are the most
    page.locator("#compare-form [type=submit]").click()
    expect(visitor.heading()).to_have_text(zh("Comparison"))
    expect(page.locator(".compare-table thead th")).to_have_count(4)
    assert page.locator(".is-different").count() > 3
    assert visitor.fits_the_screen()
    assert violations(page) == []
    page.locator(".compare-remove").first.click()
    expect(page.locator(".compare-table thead th")).to_have_count(3)
