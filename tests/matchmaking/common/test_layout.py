"""The frame of every page: who sees what in it, and the pages of errors."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def page(template="layout/base.html", path="/", **context):
    """Render a template with what the context processors would give, replaced where the test says so."""
    request = RequestFactory().get(path)
    request.user, request.membership = AnonymousUser(), None
    values = {"embedded": False, "nav": [], "unread_count": 0, "LANGUAGE_CODE": "en"} | context
    return engines["django"].get_template(template).render(values, request)


def test_a_visitor_is_offered_to_sign_in():
    html = page()
    assert "/accounts/login/" in html
    assert "Sign out" not in html
    assert html.count("<main") == 1


def test_the_present_page_is_marked_in_the_navigation():
    html = page(nav=[{"label": "Needs", "url": "/n/", "icon": "bulb", "active": True, "count": 3},
                     {"label": "Experts", "url": "/e/", "icon": "", "active": False, "count": None}])  # fmt: skip
    assert html.count('aria-current="page"') == 1
    assert ">3<" in html


@pytest.mark.parametrize(("embedded", "times"), [(True, 1), (False, 0)])
def test_only_a_demonstration_says_that_its_data_is_fictional(embedded, times):
    assert page(embedded=embedded).count("demo-ribbon") == times


@pytest.mark.parametrize(("embedded", "times"), [(True, 1), (False, 0)])
def test_personas_are_offered_on_a_demonstration_only(embedded, times):
    from allauth.account.forms import LoginForm

    personas = [{"name": "A", "role": "R", "organisation": "O", "login_url": "/as/1/"}]
    html = page("account/login.html", embedded=embedded, personas=personas, form=LoginForm())
    assert html.count('action="/as/1/"') == times
    assert len(re.findall(r'action="/as/1/"><input type="hidden" name="csrfmiddlewaretoken"', html)) == times


def test_the_language_can_be_changed_where_the_page_is():
    html = page(path="/needs/?q=a&page=2")
    assert 'value="zh-hans"' in html
    assert 'name="next" value="/needs/?q=a&amp;page=2"' in html


@pytest.mark.parametrize("template", ["400.html", "500.html", "403_csrf.html"])
def test_the_pages_of_last_resort_need_no_context(template):
    assert "<h1>" in render_to_string(template)


@pytest.mark.parametrize("template", ["403.html", "404.html", "409.html", "503.html"])
def test_refusals_stand_in_the_frame_of_the_portal(template):
    html = page(template)
    assert "site-header" in html
    assert "<h1>" in html


def test_a_conflict_leads_back_to_the_record():
    html = page("409.html", message="a & b", back_url="/needs/1/?x=1&y=2")
    assert "a &amp; b" in html
    assert 'href="/needs/1/?x=1&amp;y=2"' in html
