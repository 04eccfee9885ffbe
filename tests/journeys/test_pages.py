"""Every persona's main pages: accessible, within 375 pixels, quiet, in both languages, and usable by keyboard."""

import pytest

from tests.journeys.people import PHONE, zh
from tests.journeys.world import PASSWORD

pytestmark = pytest.mark.browser
MAIN_PAGES = {
    None: ["/", "/accounts/login/", "/needs/", "/achievements/", "/experts/", "/organisations/"],
    "university_officer": ["/", "/achievements/mine/?group=pool", "/imports/", "/imports/new/",
                           "/imports/achievement/new/", "/matches/", "/matches/?show=all", "/matches/fitting/",
                           "/notifications/"],
    "researcher": ["/", "/achievements/mine/?group=pool", "/achievements/new/", "/matches/"],
    "enterprise": ["/", "/needs/mine/", "/needs/new/", "/matches/", "/notifications/"],
    "park": ["/", "/needs/review/", "/board/"],
    "miit": ["/", "/needs/review/", "/matches/review/", "/matches/disputes/", "/board/", "/runs/"],
    "edu": ["/", "/achievements/review/", "/duplicates/", "/board/"],
    "national": ["/", "/board/"],
    "secretary": ["/", "/matches/review/", "/duplicates/?kind=need", "/duplicates/?kind=expert", "/board/"],
}  # fmt: skip
# One record's page each, reached as a person reaches it: the list, and the first link in it.
RECORDS = {
    None: ["/achievements/", "/needs/"],
    "university_officer": ["/achievements/mine/?group=pool", "/matches/"],
    "enterprise": ["/needs/mine/", "/matches/"],
    "park": ["/needs/review/"],
    "miit": ["/needs/review/"],
}
FIRST_RECORD = "#results a[href*='-'], main td.td-main a, main .record-item a"


# What fades in or out has the contrast of neither; what runs for ever is no transition.
COME_TO_REST = """Promise.all(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().endTime !== Infinity)
    .map(one => one.finished.catch(() => null)))"""


def violations(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.evaluate(COME_TO_REST)
    found = axe.Axe().run(page).response["violations"]
    return [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found]


def look_at(person, paths, lists=()):
    """Return what is wrong with each page at a desk, and whether it also fits a telephone, as {path: what}.

    Of each of the `lists` the page of the first record is looked at too.
    """
    wrong = {}
    paths = [*paths, *(path for path in lists if path not in paths)]
    for path in paths:
        answer = person.page.goto(person.url + path)
        found = violations(person.page) if answer.status == 200 else answer.status
        if found:
            wrong[path] = found
        for width in (person.width, PHONE):
            person.resize(width)
            if not person.fits_the_screen():
                wrong[path] = f"wider than {width}"
        person.resize(person.width)
        if path in lists:
            paths.append(person.page.locator(FIRST_RECORD).first.get_attribute("href"))
    return wrong


@pytest.mark.parametrize("role", MAIN_PAGES)
def test_the_main_pages_are_accessible_and_fit_the_screen(people, role):
    person = people(role)
    assert look_at(person, MAIN_PAGES[role], RECORDS.get(role, ())) == {}


def test_on_a_telephone_they_are_accessible_too(people):
    """The menu, the lists as cards and the forms in one column are other pages to a screen reader."""
    assert look_at(people("enterprise", width=PHONE), ["/", "/needs/mine/", "/needs/new/", "/matches/?show=all"]) == {}
    assert look_at(people("miit", width=PHONE), ["/matches/review/", "/board/"]) == {}


def test_the_language_changes_and_the_page_stays(people):
    person = people("miit")
    person.go("/board/?region=32")
    person.page.get_by_role("button", name="English").click()
    person.page.get_by_role("heading", level=1, name="Progress board").wait_for()
    assert person.page.url.endswith("/board/?region=32")
    assert person.page.evaluate("document.documentElement.lang") == "en"
    person.page.get_by_role("button", name="中文").click()
    person.page.get_by_role("heading", level=1, name=zh("Progress board")).wait_for()
    assert person.page.url.endswith("/board/?region=32")
    assert person.page.evaluate("document.documentElement.lang") == "zh-Hans"


def tab_to(page, selector, *, most=80):
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_sign_in_and_answer_by_keyboard(people, portal):
    """Signs in with a password, opens the waiting match, says no with a reason; the mouse is never touched."""
    person = people(None)
    page = person.go("/").page
    tab_to(page, "a[href*='/accounts/login/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/login/**")
    tab_to(page, "[name=login]")
    page.keyboard.type("demo.enterprise")
    tab_to(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{person.url}/")
    tab_to(page, ".site-header nav a[href='/matches/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/matches/")
    tab_to(page, "main td.td-main a")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=zh("Your answer")).wait_for()
    tab_to(page, "[name=answer-answer]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    assert page.get_by_role("radio", name=zh("no"), exact=True).is_checked()
    tab_to(page, "[name=answer-reason]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "[data-answer-form] button")
    page.keyboard.press("Enter")
    page.get_by_text(zh("Noted. The match has ended and will not be proposed again unless a text changes.")).wait_for()
    assert zh("indicators not reached") in page.locator("main").inner_text()


def test_the_watch_notices_what_it_is_there_for(people):
    """The control: a request elsewhere, an image without words and a box that is too wide are all found."""
    person = people(None).go("/")
    assert violations(person.page) == []
    assert person.fits_the_screen()
    person.page.evaluate("fetch('http://127.0.0.2/').catch(() => null)")
    assert any("Content Security Policy" in line for line in person.complaints)
    person.page.evaluate(
        """() => {
            const image = Object.assign(new Image(4000, 10), {src: '/static/img/mark.svg'});
            Object.assign(image.style, {maxWidth: 'none', width: '4000px'});
            document.querySelector('main').append(image);
        }"""
    )
    assert not person.fits_the_screen()
    assert [rule for rule, _where in violations(person.page)] == ["image-alt"]
    elsewhere = person.url.replace("127.0.0.1", "localhost")
    person.page.goto(elsewhere)
    assert any(f"asks for {elsewhere}/" in line for line in person.complaints)
    person.context.close()
    person.complaints.clear()
