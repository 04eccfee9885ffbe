"""Paste a text and see what is like it, by keyboard; from a record to what is like that; on a telephone too."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PHONE, zh
from tests.journeys.test_pages import violations
from tests.journeys.test_saved_search import in_portal

pytestmark = pytest.mark.browser


@pytest.fixture
def fitted(portal):
    """The engine has seen the pools once."""
    in_portal(
        portal,
        """
        from matchmaking.matching import snapshot
        from matchmaking.matching.models import StatisticsVersion
        version = snapshot.default_policy().version
        if not StatisticsVersion.objects.readable_by(version).exists():
            fitted = snapshot.fit_model()
            StatisticsVersion.objects.create(digest=fitted.digest, engine_version=version, payload=fitted.to_bytes(),
                                             documents=fitted.statistics.total)
        """,
    )


def test_a_visitor_pastes_a_text_and_follows_a_record(fitted, portal, people):
    visitor = people(None).go("/search/like/")
    page = visitor.page
    need = portal.facts["to_answer"]

    page.locator("textarea").fill(f"{need}\n{need}，希望有人能解决。")
    page.get_by_role("radio", name=zh("Needs")).check()
    results = page.locator("#like-results")
    expect(results.get_by_role("link", name=need)).to_be_visible()
    expect(page.locator(".like-partly")).to_have_count(0)
    assert violations(page) == []
    assert need not in page.url

    results.get_by_role("link", name=need).click()
    visitor.resize(PHONE)
    page.get_by_role("link", name=zh("Find similar")).click()
    expect(page.locator("textarea")).to_contain_text(need)
    expect(page.locator("#like-results li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert violations(page) == []
