"""People at their desks: a browser context each, which notes everything that may not happen on any page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.utils import translation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

WIDE, PHONE = 1280, 375


def zh(source: str, **values: Any) -> str:
    """What the portal calls this in Chinese, the language that it shows first."""
    with translation.override("zh-hans"):
        return translation.gettext(source) % values if values else translation.gettext(source)


def zh_count(source: str, number: int = 0, **values: Any) -> str:
    """The Chinese of a sentence with a count; `source` is its singular."""
    with translation.override("zh-hans"):
        return translation.ngettext(source, source, number) % ({"number": number} | values)


# What htmx writes when a newer request replaces an unfinished one, or the page is left: that is meant. One that failed
# also writes `htmx:sendError` or `htmx:responseError`.
ABANDONED = ("htmx:afterRequest", "htmx:sendAbort")


class Person:
    """One person's browser. `complaints` must stay empty: errors, refused content, requests that leave the host."""

    def __init__(self, browser: Browser, url: str, *, width: int = WIDE) -> None:
        self.url = url
        self.width = width
        self.complaints: list[str] = []
        self.context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
        self.page = self.open_page()

    def open_page(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("request", lambda request: self._watch(request.url))
        page.on("response", lambda got: self._complain(f"{got.status} {got.url}") if got.status >= 500 else None)
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and not said.text.startswith(ABANDONED):
            self._complain(said.text)

    def _complain(self, what: str) -> None:
        self.complaints.append(f"{self.page.url}: {what}")

    def _watch(self, url: str) -> None:
        asked = urlsplit(url)
        if asked.scheme not in ("data", "blob") and f"{asked.scheme}://{asked.netloc}" != self.url:
            self._complain(f"asks for {url}")

    # -- doing ---------------------------------------------------------------------------------------------------

    def sign_in(self, name: str) -> Person:
        """With one click, as a demonstration offers it."""
        self.go("/accounts/login/")
        self.page.locator("button.persona", has_text=name).click()
        self.page.wait_for_url(f"{self.url}/")
        return self

    def go(self, path: str) -> Person:
        self.page.goto(self.url + path)
        return self

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})

    def press(self, words: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=zh(words), exact=True).click()

    def press_words(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def follow(self, words: str) -> None:
        self.page.locator("main").get_by_role("link", name=zh(words), exact=True).first.click()

    def choose(self, label: str) -> None:
        self.page.get_by_label(zh(label)).check()

    # -- seeing --------------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def live_matches(self) -> Locator:
        """The lines of the block that asks for matches by itself."""
        return self.page.locator("#matches li")

    def fits_the_screen(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
