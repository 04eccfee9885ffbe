"""The main navigation as people use it: its groups by keyboard, and in the menu of a telephone."""

import pytest

from tests.journeys.people import PHONE, zh
from tests.journeys.test_pages import look_at, tab_to, violations

pytestmark = pytest.mark.browser


def test_the_queues_are_accessible_and_fit_the_screen(people):
    assert look_at(people("secretary"), ["/review/", "/teams/review/", "/talent-posts/review/"]) == {}


def test_the_groups_of_the_navigation_by_keyboard(people):
    """Opened and closed without a mouse; whoever tabs out of an open group leaves nothing open behind him."""
    person = people("secretary")
    page = person.go("/review/").page
    group = page.locator("#site-nav details", has=page.locator("summary", has_text=zh("Review")))
    tab_to(page, "#site-nav summary[aria-current=true]")
    page.keyboard.press("Enter")
    group.locator("a").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert group.get_attribute("open") is None
    assert page.evaluate("document.activeElement.matches('#site-nav summary[aria-current=true]')")
    page.keyboard.press("Enter")
    tab_to(page, "#site-nav a[href='/teams/review/']")
    assert group.get_attribute("open") is not None
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=zh("Teams to review")).wait_for()
    tab_to(page, "#site-nav summary[aria-current=true]")
    page.keyboard.press("Enter")
    tab_to(page, "main a")
    assert page.locator("#site-nav details[open]").count() == 0


def test_the_groups_of_the_navigation_on_a_telephone(people):
    person = people("secretary", width=PHONE)
    page = person.go("/").page
    page.get_by_role("button", name=zh("Menu")).click()
    page.locator("#site-nav.collapse.show").wait_for()
    page.locator("#site-nav summary", has_text=zh("Pools")).click()
    page.locator("#site-nav summary", has_text=zh("Review")).click()
    assert page.locator("#site-nav details[open]").count() == 1
    assert person.fits_the_screen()
    assert violations(page) == []
    page.locator("#site-nav").get_by_role("link", name=zh("Experts to review")).click()
    page.get_by_role("heading", level=1, name=zh("Experts to review")).wait_for()
