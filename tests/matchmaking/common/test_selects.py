"""Selects are written without a template; what comes out is what Django's own templates give."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html
from django.utils.translation import gettext_lazy

from matchmaking.common.forms import TablerRenderer

CHOICES = [
    ("", "---"),
    ("a&b", '<b>bold</b> & "quoted"'),
    ("group '1'", [("x", "　deeper"), (3, gettext_lazy("Region"))]),
    (True, "yes"),
    (None, "nothing"),
]


@pytest.mark.parametrize("chosen", ["", "a&b", "x", 3, True, "not there"])
@pytest.mark.parametrize("kind", [forms.Select, forms.SelectMultiple])
def test_select_is_the_same_as_from_the_templates(kind: type[forms.Select], chosen: object) -> None:
    widget = kind(choices=CHOICES, attrs={"class": "form-select", "required": True, "hidden": False, "data-x": "'\"<"})
    value = [chosen] if kind is forms.SelectMultiple else chosen
    ours = widget.render("name<", value, {"id": "id_name"}, renderer=TablerRenderer())
    theirs = widget.render("name<", value, {"id": "id_name"}, renderer=DjangoTemplates())
    assert parse_html(ours) == parse_html(theirs)
    assert "<b>bold" not in ours


def test_an_option_with_a_template_of_its_own_keeps_it() -> None:
    class Special(forms.Select):
        option_template_name = "django/forms/widgets/radio_option.html"

    ours = Special(choices=CHOICES[:2]).render("name", "", {}, renderer=TablerRenderer())
    assert "type=" in ours or "<label" in ours
