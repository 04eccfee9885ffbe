"""The components in a real browser: accessible, within the policy, usable by hand. Skips where Chromium is missing."""

import shutil
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.matchmaking.common.component_urls")]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
# A value that the browser's own control cannot show is dropped by it, with a warning: not a fault of the page.
HARMLESS = ("cannot be parsed, or is out of range", "does not conform to the required format")


@pytest.fixture(scope="module")
def chromium():
    if not CHROMIUM:
        pytest.skip("no Chromium is installed")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server():
    """A server without a database: none of these pages may ask for one."""
    running = LiveServer("127.0.0.1")
    yield running
    running.stop()


@pytest.fixture
def site(server, settings, monkeypatch):
    """The routes of the trial pages, with a frame that asks nothing of the rooms of the house."""
    templates = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**templates, "DIRS": [*templates["DIRS"], Path(__file__).parent / "templates"]}]
    monkeypatch.setattr("matchmaking.portal.context_processors.entries_for", lambda request: [])
    return server.url


@pytest.fixture
def tab(chromium, site):
    """Open a path at a width; every complaint of the browser fails the test."""
    complaints, contexts = [], []

    def hear(message):
        if message.type in ("error", "warning") and not any(words in message.text for words in HARMLESS):
            complaints.append(message.text)

    def open_(path, width=1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale="en-US", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("path", ["/gallery/", "/gallery/?q=a&field=4&page=3", "/trial/sign-in/", "/trial/"])
def test_a_page_is_accessible_and_fits_the_screen(tab, path, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = tab(path, width)
    found = axe.Axe().run(page).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def edges(bar):
    return bar.evaluate("bar => [bar.hasAttribute('data-before'), bar.hasAttribute('data-after')]")


def test_tabs_off_the_screen_announce_themselves_and_the_present_one_is_in_view(tab):
    page = tab("/gallery/", 1280)
    bar = page.locator(".tab-bar").first
    assert edges(bar) == [False, False]  # all fit
    page.set_viewport_size({"width": 240, "height": 600})
    page.wait_for_selector(".tab-bar[data-after]")
    assert edges(bar) == [False, True]
    page.evaluate(
        """() => {
            const bar = document.querySelector('.tab-bar');
            for (const tab of bar.querySelectorAll('a')) tab.removeAttribute('aria-current');
            bar.querySelector('li:last-child a').setAttribute('aria-current', 'page');
            bar.outerHTML = bar.outerHTML;
            document.dispatchEvent(new Event('htmx:afterSettle'));
        }"""
    )
    assert edges(bar) == [True, False]
    own, frame = bar.locator("[aria-current]").bounding_box(), bar.bounding_box()
    assert own["x"] >= frame["x"]
    assert own["x"] + own["width"] <= frame["x"] + frame["width"] + 1
    bar.locator("ul").evaluate("list => list.scrollLeft = 0")
    page.wait_for_selector(".tab-bar[data-after]")
    page.evaluate("document.dispatchEvent(new Event('htmx:afterSettle'))")  # the bell, twice a minute
    assert bar.locator("ul").evaluate("list => list.scrollLeft") == 0


def test_a_list_filters_itself_and_keeps_its_address(tab):
    page = tab("/trial/")
    page.fill(".filter-form [name=q]", "锂电")
    page.wait_for_selector("#results .chip")
    assert page.locator("#results tbody tr").count() == 1
    assert page.evaluate("location.search") == "?q=%E9%94%82%E7%94%B5"
    page.click("#results .chip-clear")
    page.wait_for_selector("#results .pagination")
    page.click("#results [rel=next]")
    page.wait_for_selector("#results [aria-current=page]:has-text('2')")
    assert page.locator("#results tbody tr").count() == 1
    assert "page=2" in page.evaluate("location.search")


@pytest.mark.parametrize(("status", "stays"), [(403, True), (404, True), (200, False)])
def test_a_refused_fragment_is_told_and_takes_nothing_away(chromium, site, status, stays):
    """The whole page of a refusal is said in a line; that of an ended session (200) is shown."""
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    page.goto(site + "/trial/")
    page.evaluate("window.mark = 1")
    answer = {"status": status, "content_type": "text/html", "body": "<!doctype html><title>x</title>"}
    page.route("**/trial/?*", lambda route: route.fulfill(**answer) if route.request.is_navigation_request() is False
               else route.continue_())  # fmt: skip
    if stays:
        page.fill(".filter-form [name=q]", "锂电")
        page.wait_for_selector(".toast-note")
        assert page.evaluate("window.mark") == 1
        assert page.input_value(".filter-form [name=q]") == "锂电"
    else:
        with page.expect_navigation():
            page.fill(".filter-form [name=q]", "锂电")
    context.close()


def test_typing_pinyin_does_not_send_the_letters(tab):
    page = tab("/trial/")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "q=" in request.url else None)
    page.evaluate(
        """() => {
            const box = document.querySelector('.filter-form [name=q]');
            box.value = 'li';
            box.dispatchEvent(new InputEvent('input', {bubbles: true, isComposing: true}));
        }"""
    )
    page.wait_for_timeout(800)
    assert sent == []
    page.evaluate(
        """() => {
            const box = document.querySelector('.filter-form [name=q]');
            box.value = '锂';
            box.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}));
        }"""
    )
    page.wait_for_selector("#results .chip")
    assert len(sent) == 1


def test_a_live_block_asks_again_until_the_last_answer(tab):
    page = tab("/trial/")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/trial/live/") else None)
    page.wait_for_selector("#clock:has-text('fertig')")
    page.wait_for_timeout(2500)
    assert len(asked) == 1


def test_rows_are_added_and_removed(tab):
    page = tab("/gallery/")
    rows = page.locator("[data-formset-row]:visible")
    page.click("[data-formset-add]")
    page.fill("[name=indicator-1-name]", "x")
    assert rows.count() == 2
    page.locator("[data-formset-remove]:visible").first.click()
    assert rows.count() == 1
    assert page.input_value("[name=indicator-TOTAL_FORMS]") == "2"
    assert page.is_checked("[name=indicator-0-DELETE]")
    for _ in range(4):
        page.click("[data-formset-add]")
    assert page.is_disabled("[data-formset-add]")


def test_the_counter_counts_as_the_server_does(tab):
    page = tab("/gallery/")
    page.fill("[name=problem]", "一\n𠮷" + "x" * 197)
    counter = page.locator("#id_problem_count")
    assert "is-over" in counter.get_attribute("class")
    page.fill("[name=problem]", "一\n𠮷" + "x" * 196)
    assert "is-over" not in counter.get_attribute("class")


def test_a_question_is_asked_in_a_dialog_that_escape_closes(tab):
    page = tab("/gallery/")
    page.click("[data-dialog=gallery-drop]")
    assert page.evaluate("document.querySelector('#gallery-drop').open")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('#gallery-drop').open")


def test_ticked_rows_are_counted(tab):
    page = tab("/gallery/", 375)
    assert not page.is_visible(".bulk-actions")
    page.click("[data-bulk-toggle]")
    assert page.is_visible(".bulk-actions")
    assert page.locator("[data-bulk-item]:checked").count() == 6


def test_everything_can_be_reached_without_scripts(tab):
    page = tab("/gallery/", 375, java_script_enabled=False)
    assert page.is_visible("#site-nav")
    assert page.is_visible("#filter-fields [name=q]")
    assert page.is_visible("#gallery-drop button[type=submit]")
    assert page.is_visible("[name=indicator-0-DELETE]")
    assert not page.is_visible("[data-formset-add]")


def fill_trial_form(page):
    page.fill("[name=text]", "长文本\n第二行")
    page.uncheck("[name=mode][value=a]")
    page.check("[name=mode][value=b]")
    page.select_option("[name=state]", "x")
    page.click("[data-formset-add]")
    page.fill("[name=rows-1-name]", "第二个指标")
    page.click("[name=do]")


def trial_values(page):
    return page.evaluate("[...new FormData(document.querySelector('main form'))]")


FILLED = [["version", "7"], ["csrfmiddlewaretoken", "fresh"], ["text", "长文本\n第二行"], ["mode", "b"],
          ["state", "x"], ["rows-TOTAL_FORMS", "2"], ["rows-0-name", ""], ["rows-1-name", "第二个指标"]]  # fmt: skip


def test_a_form_that_was_refused_as_too_old_comes_back_with_its_text(tab):
    page = tab("/trial/form/")
    fill_trial_form(page)
    page.click("[data-draft-back]")
    page.wait_for_selector("[name=rows-1-name]")
    assert trial_values(page) == FILLED
    assert page.locator(".toast-note").count() == 1
    page.reload()
    assert page.input_value("[name=text]") == ""  # once, not for ever


def test_after_signing_in_again_the_text_is_there(tab, site):
    page = tab("/trial/form/?signed-out")
    fill_trial_form(page)
    page.wait_for_selector(".sign-in")
    page.goto(site + "/trial/form/?signed-out")
    assert page.input_value("[name=text]") == "长文本\n第二行"


def test_another_page_forgets_what_was_kept(tab, site):
    page = tab("/trial/form/?signed-out")
    fill_trial_form(page)
    page.goto(site + "/trial/")
    page.goto(site + "/trial/form/?signed-out")
    assert page.input_value("[name=text]") == ""
