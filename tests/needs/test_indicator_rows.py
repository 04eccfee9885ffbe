"""A row of indicators: the unit beside today's value, what an operator leaves out; the same without a script."""

import pytest

from needs.forms import IndicatorForm
from needs.models import NeedIndicator
from tests.factories.needs import INDICATOR, form_data, make_need

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("now", "unit", "shown"),
    [("91", "%", "91 %"), ("3,200", "h", "3,200 h"), ("-40 ~ 85", "℃", "-40 ~ 85 ℃"), ("91%", "%", "91%"),
     ("91", "", "91"), ("半年", "月", "半年"), ("", "%", "")],
)  # fmt: skip
def test_todays_value_is_shown_with_its_unit_once(now, unit, shown):
    assert NeedIndicator(**INDICATOR | {"now": now, "unit": unit}).today == shown


def test_the_page_of_a_need_shows_it(login, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead)
    assert need.body.indicators.update(now="320", unit="h")
    assert "320 h</td>" in login(enterprise_lead).get(need.get_absolute_url()).content.decode()


def test_without_a_script_all_fields_are_there_with_the_unit_beside_today(login, enterprise, enterprise_lead):
    need = make_need(enterprise, enterprise_lead, state="draft")
    page = login(enterprise_lead).get(f"/needs/{need.uuid}/edit/").content.decode()
    rows = page.partition("data-formset-rows")[2].partition("<template")[0]
    for name in ("name", "operator", "value", "value_high", "unit", "text", "now", "must"):
        assert f'name="indicators-0-{name}"' in rows
    assert '<span class="input-group-text">%</span>' in rows
    assert " hidden" not in rows.replace('type="hidden"', "").replace("visually-hidden", "").replace("aria-hidden", "")


def test_an_indicator_in_words_keeps_no_number_and_no_unit():
    row = IndicatorForm({"name": "能效", "operator": "text", "value": "1", "unit": "级", "text": "一级"})
    assert row.is_valid()
    assert (row.cleaned_data["value"], row.cleaned_data["unit"]) == (None, "")


def test_a_second_bound_that_is_not_asked_for_is_left_out(login, enterprise_lead):
    row = {**INDICATOR, "value_high": "99"}
    login(enterprise_lead).post("/needs/new/", form_data(rows=[row]))
    assert NeedIndicator.objects.get().value_high is None
