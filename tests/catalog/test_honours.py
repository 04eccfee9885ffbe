"""Awards and evaluation reports as rows, and rights with their end."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog import versioning
from catalog.exporting import rows as exported
from catalog.models import Achievement, IPItem
from catalog.services import create_achievement
from tests.factories.catalog import AchievementFactory, IPItemFactory
from tests.factories.programmes import programme
from tests.test_forms_once import achievement_data

pytestmark = pytest.mark.django_db
PRIZE = {"kind": "award", "name": "省科学技术进步奖", "level": "二等奖", "body": "省人民政府", "year": 2024}


@pytest.fixture
def record(researcher, university):
    contact = {"name": "联系人", "phone": "", "email": ""}
    data = {"title": "叶片检测", "visibility": "public", "contact": contact}
    return create_achievement(by=researcher, owner=university, programme=programme(), data=data, honours=[PRIZE])


def posted(*rows, **changes):
    data = achievement_data() | {"honours-TOTAL_FORMS": len(rows)} | changes
    return data | {f"honours-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}


def test_the_form_writes_them_in_their_order(login, researcher):
    report = {"kind": "evaluation", "name": "成果评价报告", "level": "国内领先", "body": "某学会", "year": "2025"}
    empty = {"kind": "award", "name": "", "level": "", "body": "", "year": ""}
    answer = login(researcher).post(reverse("catalog:achievement_create"), posted(report, empty, PRIZE))
    assert answer.status_code == 302
    honours = Achievement.objects.get().honours.order_by("position")
    assert [(one.kind, one.name, one.year) for one in honours] == [
        ("evaluation", "成果评价报告", 2025), ("award", "省科学技术进步奖", 2024)]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"name": ""}, {"year": "1900"}, {"year": "去年"}, {"kind": "x"}])
def test_a_wrong_row_is_said_at_its_field(wrong, login, researcher):
    answer = login(researcher).post(reverse("catalog:achievement_create"), posted(PRIZE | wrong))
    assert answer.status_code == 422
    assert not Achievement.objects.exists()


def test_they_stand_on_the_page_in_the_export_and_in_versions(record, login, researcher, university_officer):
    page = login(researcher).get(record.get_absolute_url()).content.decode()
    assert "省科学技术进步奖 · 二等奖 · 省人民政府 · 2024" in page
    [row] = exported(Achievement.objects.all(), [record.pk], university_officer)
    assert "省科学技术进步奖 · 二等奖 · 省人民政府 · 2024" in row
    content = versioning.snapshot(record)
    assert content["honours"] == [PRIZE]
    assert versioning.for_service({"honours": content["honours"]})["honours"] == [PRIZE]
    assert "二等奖" in versioning.words("honours", content["honours"])


def test_they_name_the_owner(record, login, enterprise_lead):
    Achievement.objects.filter(pk=record.pk).update(tech_field="0804", discipline="460", trl=6)
    for state in ("unit_review", "submitted", "accepted"):
        Achievement.objects.filter(pk=record.pk).update(state=state)
    Achievement.objects.filter(pk=record.pk).update(visibility="hidden_owner")
    assert "省人民政府" not in login(enterprise_lead).get(record.get_absolute_url()).content.decode()


def test_the_words_of_an_upload_stay(login, researcher, university):
    record = AchievementFactory(state="draft", body__owner=university, body__created_by=researcher, awards="省奖二等")
    client, url = login(researcher), reverse("catalog:achievement_edit", args=[record.uuid])
    assert "省奖二等" in client.get(url).content.decode()
    assert client.post(url, posted(PRIZE, version=1, awards="省奖二等")).status_code == 302
    record.refresh_from_db()
    assert record.awards == "省奖二等"


@pytest.mark.parametrize(("days", "status", "standing"), [
    (-1, "granted", "over"), (0, "granted", "soon"), (183, "granted", "soon"), (184, "granted", ""),
    (None, "granted", ""), (None, "lapsed", "over"), (900, "invalidated", "over"), (None, "filed", "")])  # fmt: skip
def test_a_right_says_when_it_ends(days, status, standing):
    ends = None if days is None else timezone.localdate() + timedelta(days=days)
    assert IPItem(status=status, expires_on=ends).standing == standing


def test_page_and_form_warn_of_a_right_that_has_ended(login, researcher, university):
    record = AchievementFactory(state="draft", body__owner=university, body__created_by=researcher)
    IPItemFactory(achievement=record, expires_on=timezone.localdate() - timedelta(days=1))
    client = login(researcher)
    assert "tone-red" in client.get(record.get_absolute_url()).content.decode()
    form = client.get(reverse("catalog:achievement_edit", args=[record.uuid])).content.decode()
    assert "field-warning" in form


def test_every_field_of_the_long_forms_has_an_example():
    from catalog.forms import AchievementForm
    from experts.forms import ExpertForm

    for form in (AchievementForm, ExpertForm):
        for name, field in form.base_fields.items():
            if name not in ("version", "programme", "gender"):
                assert "xample" in str(field.help_text) or "例如" in str(field.help_text), (form, name)
