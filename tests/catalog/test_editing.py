"""The long form: entering, editing, handing in, and what it says to bad input."""

import pytest
from django.urls import reverse

from catalog import services
from catalog.enums import AchievementState as S
from catalog.forms import FORMSETS
from catalog.models import Achievement
from tests.factories.catalog import AchievementFactory, complete
from tests.factories.programmes import programme

pytestmark = pytest.mark.django_db

NEW = reverse("catalog:achievement_create")


def edit_url(record):
    return reverse("catalog:achievement_edit", args=[record.uuid])


def typed(rows=(), **fields):
    """What a browser sends: the fields, and the rows of each kind given as {"indicators": [{...}]}."""
    data = {"visibility": "public", "programme": programme("QXWQ").pk} | fields
    rows = dict(rows)
    for name in FORMSETS:
        lines = rows.get(name, [])
        data |= {f"{name}-TOTAL_FORMS": len(lines), f"{name}-INITIAL_FORMS": 0}
        data |= {f"{name}-{n}-{key}": value for n, line in enumerate(lines) for key, value in line.items()}
    return data


WHOLE = {
    "title": "叶片检测", "summary": "说明" * 80, "problem_solved": "漏检", "key_points": "要点",
    "keywords": "甲，乙；丙 丁",
    "applications": ["35"], "tech_field": "0804", "discipline": "460", "trl": "5", "source": "self",
    "coop_modes": ["assign"], "ownership": "single", "price_fen": "12.5", "contact_name": "联系人",
}  # fmt: skip
WHOLE_ROWS = {
    "indicators": [{"name": "检出率", "operator": "ge", "value": "98.5", "unit": "%"}],
    "ip_items": [{"kind": "pat_inv", "number": "(示例)1", "status": "granted"}],
    "completers": [{"name": "项目负责人甲"}],
}


def rows_of(university):
    return WHOLE_ROWS | {"completing_units": [{"organisation": university.name}]}


class TestEntering:
    def test_a_title_is_enough_for_a_draft(self, login, researcher):
        response = login(researcher).post(NEW, typed(title="只有题目"))

        made = Achievement.objects.get()
        assert response.url == made.get_absolute_url()
        assert (made.state, made.title, made.body.created_by) == (S.DRAFT, "只有题目", researcher)

    def test_everything_typed_is_kept(self, login, researcher, university):
        login(researcher).post(NEW, typed(rows_of(university), **WHOLE))

        made = Achievement.objects.get()
        assert made.keywords == ["甲", "乙", "丙", "丁"]
        assert (made.trl, made.maturity, made.coop_modes) == (5, "lab_passed", ["assign"])
        assert made.body.price_fen == 12_500_000
        assert made.body.contact == {"name": "联系人", "phone": "", "email": ""}
        assert str(made.indicators.get()) == "检出率 ≥ 98.5 %"
        assert made.ip_items.get().number == "(示例)1"
        assert made.completers.get().user == researcher

    def test_saving_and_handing_in_brings_it_to_the_unit(self, login, researcher, university):
        login(researcher).post(NEW, typed(rows_of(university), **WHOLE, save="submit"))
        assert Achievement.objects.get().state == S.UNIT_REVIEW

    def test_handing_in_with_gaps_saves_and_says_at_each_field_what_is_missing(self, login, researcher):
        client = login(researcher)

        response = client.post(NEW, typed(title="只有题目", save="submit"), follow=True)

        assert Achievement.objects.get().state == S.DRAFT
        form = response.context["form"]
        assert {"summary", "tech_field", "trl", "keywords", "coop_modes"} <= set(form.errors)
        assert response.content.decode().count("field-errors") >= 10

    @pytest.mark.parametrize(
        ("field", "value"),
        [("title", ""), ("title", "长" * 101), ("summary", "长" * 601), ("price_fen", "很多"), ("price_fen", "-1"),
         ("price_fen", "NaN"), ("price_fen", "1e309"), ("trl", "10"), ("tech_field", "9999"), ("applications", ["zz"]),
         ("keywords", "长" * 41), ("contact_email", "no-mail"), ("visibility", "everyone"), ("programme", "0")],
    )  # fmt: skip
    def test_bad_input_is_named_at_its_field_and_nothing_is_saved(self, login, researcher, field, value):
        response = login(researcher).post(NEW, typed(**({"title": "题目"} | {field: value})))

        assert response.status_code == 422
        assert list(response.context["form"].errors) == [field]
        assert not Achievement.objects.exists()

    @pytest.mark.parametrize(
        ("kind", "row", "field"),
        [
            ("indicators", {"name": "寿命", "operator": "ge", "value": "≥98"}, "value"),
            ("indicators", {"name": "寿命", "operator": "ge"}, "value"),
            ("indicators", {"name": "寿命", "operator": "text"}, "text"),
            ("indicators", {"name": "寿命", "operator": "between", "value": "5", "value_high": "5"}, "value_high"),
            ("indicators", {"name": "", "operator": "ge", "value": "5"}, "name"),
            ("ip_items", {"number": "1"}, "kind"),
            ("ip_items", {"kind": "pat_inv", "filed_on": "2024-02-30"}, "filed_on"),
            ("ip_items", {"kind": "pat_inv", "filed_on": "2024-02-01", "granted_on": "2023-01-01"}, "granted_on"),
            ("completing_units", {"organisation": "没有的单位"}, "organisation"),
            ("completers", {"organisation": "没有的单位", "name": "甲"}, "organisation"),
        ],
    )
    def test_bad_rows_are_named_at_their_cell(self, login, researcher, kind, row, field):
        response = login(researcher).post(NEW, typed({kind: [row]}, title="题目"))

        assert response.status_code == 422
        shown = next(one for one in response.context["formsets"] if one.prefix == kind)
        assert list(shown.forms[0].errors) == [field]
        assert not Achievement.objects.exists()

    @pytest.mark.parametrize("broken", [{"indicators-TOTAL_FORMS": "x"}, {"indicators-TOTAL_FORMS": "99999"}])
    def test_a_tampered_form_is_refused_without_an_error_page(self, login, researcher, broken):
        response = login(researcher).post(NEW, typed(title="题目") | broken)
        assert response.status_code == 422

    def test_strangers(self, login, enterprise_lead, regional_officer_edu):
        assert login().get(NEW).status_code == 302
        assert login(enterprise_lead).get(NEW).status_code == 403
        assert login(regional_officer_edu).post(NEW, typed(title="x")).status_code == 403

    def test_the_owner_is_one_of_the_persons_own(self, login, researcher, university, other_university):
        login(researcher).post(NEW, typed(title="题目", owner=other_university.pk))
        assert Achievement.objects.get().body.owner == university


class TestEditing:
    def test_shows_what_stands_there_and_keeps_it_when_saved_untouched(self, login, researcher, university):
        record = complete(
            AchievementFactory(body__owner=university, body__created_by=researcher, body__price_fen=12_500_000)
        )
        client = login(researcher)
        page = client.get(edit_url(record))
        form, sets = page.context["form"], page.context["formsets"]
        data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
        for one in sets:
            data |= {f"{one.prefix}-TOTAL_FORMS": len(one.forms), f"{one.prefix}-INITIAL_FORMS": len(one.initial or [])}
            for row in one.forms:
                data |= {row.add_prefix(name): row[name].value() for name in row.fields if row[name].value()}

        response = client.post(edit_url(record), data)

        assert response.status_code == 302
        record.refresh_from_db()
        assert (record.version, record.text_version) == (2, 1)
        assert record.body.price_fen == 12_500_000
        assert str(record.indicators.get()) == "检出率 ≥ 98.5 %"
        assert record.ip_items.count() == record.completers.count() == record.completing_units.count() == 1

    def test_a_row_marked_for_removal_goes(self, login, researcher, university):
        record = complete(AchievementFactory(body__owner=university, body__created_by=researcher))
        row = {"name": "检出率", "operator": "ge", "value": "98.5", "unit": "%", "DELETE": "on"}
        data = typed({"indicators": [row]}, title="题目", version=1) | {"indicators-INITIAL_FORMS": 1}

        login(researcher).post(edit_url(record), data)

        assert record.indicators.count() == 0

    def test_a_conflict_keeps_the_persons_text_and_tells_who(self, login, researcher, university, university_officer):
        record = complete(AchievementFactory(body__owner=university, body__created_by=researcher))
        services.update_achievement(by=university_officer, achievement=record, version=1, data={"title": "专员改的"})
        client = login(researcher)

        response = client.post(edit_url(record), typed(title="我写的", version=1))

        page = response.content.decode()
        assert response.status_code == 409
        assert "我写的" in page
        assert university_officer.full_name in page
        record.refresh_from_db()
        assert record.title == "专员改的"
        again = client.post(
            edit_url(record), typed(title="我写的", version=response.context["form"]["version"].value())
        )
        assert again.status_code == 302

    @pytest.mark.parametrize("version", ["", "0", "-1", "99999999999", "x"])
    def test_a_nonsense_version_saves_nothing(self, login, researcher, university, version):
        record = complete(AchievementFactory(body__owner=university, body__created_by=researcher))
        response = login(researcher).post(edit_url(record), typed(title="新题目", version=version))
        assert response.status_code in (409, 422)
        record.refresh_from_db()
        assert record.title != "新题目"

    def test_notes_of_the_officer_stand_at_their_fields(self, login, researcher, university, regional_officer_edu):
        record = complete(AchievementFactory(state=S.SUBMITTED, body__owner=university, body__created_by=researcher))
        services.return_achievement(
            by=regional_officer_edu, achievement=record, version=1, reason="请修改",
            notes={"summary": "写清应用条件", "indicators": "缺测试条件"},
        )  # fmt: skip

        page = login(researcher).get(edit_url(record)).content.decode()

        assert page.index('id="what"') < page.index("写清应用条件") < page.index('id="indicators"')
        assert page.index('id="indicators"') < page.index("缺测试条件") < page.index('id="field"')

    @pytest.mark.parametrize(
        ("who", "status"),
        [("other_university_officer", 404), ("stranger", 403), ("enterprise_lead", 403), ("university_officer", 200)],
    )
    def test_who_may_edit_a_draft(self, who, status, request, login, university):
        record = AchievementFactory(body__owner=university)
        assert login(request.getfixturevalue(who)).get(edit_url(record)).status_code == status

    def test_what_is_in_the_pool_is_changed_by_the_unit_alone(self, login, university, university_officer,
                                                             other_university_officer, researcher):  # fmt: skip
        record = AchievementFactory(state=S.ACCEPTED, body__owner=university, body__created_by=researcher)
        assert login(university_officer).get(edit_url(record)).status_code == 200
        for person in (other_university_officer, researcher):
            assert login(person).get(edit_url(record)).status_code == 403


class TestSuggestions:
    url = reverse("catalog:organisation_options")

    def test_names_that_hold_the_text(self, login, researcher, university, other_university):
        page = login(researcher).get(self.url, {"q": "测试大学"}).content.decode()
        assert university.name in page
        assert other_university.name in page

    def test_short_texts_and_strangers_get_nothing(self, login, researcher, enterprise_lead):
        assert "<option" not in login(researcher).get(self.url, {"q": "测"}).content.decode()
        assert login(enterprise_lead).get(self.url, {"q": "测试"}).status_code == 403
