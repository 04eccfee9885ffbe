"""No form takes a text that carries a mark of a state secret."""

import pytest
from django.utils.translation import override

from catalog.forms import AchievementForm, HonourForm, IndicatorForm
from catalog.importing.row_form import AchievementRow
from experts.forms import ExpertForm, WorkForm
from experts.importing.row_form import ExpertRow
from experts.teams.forms import MemberForm, TeamForm
from matchmaking.common.marks import UnmarkedForm, marks_in
from needs.importing.row_form import NeedRow
from needs.talent.importing import TalentPostRow

FORMS = [AchievementForm, IndicatorForm, HonourForm, ExpertForm, WorkForm, TeamForm, MemberForm]
ROWS = [AchievementRow, ExpertRow, NeedRow, TalentPostRow]


@pytest.mark.parametrize("form", [*FORMS, *ROWS])
def test_every_form_that_stores_texts_looks_for_marks(form):
    assert issubclass(form, UnmarkedForm)


def test_marks_are_found_in_rows_too():
    values = {"title": "涂层", "rows": [{"name": "附着力"}, {"text": "机 密★10年"}], "level": 5, "note": None}
    assert marks_in(values) == {"rows": "机密"}


def test_a_marked_field_is_named():
    form = AchievementForm({"title": "绝密级涂层"})
    assert not form.is_valid()
    with override("en"):
        assert "绝密" in form.errors["title"][0]


def test_a_marked_cell_says_what_to_do():
    row = AchievementRow()
    row.read({"title": "某型涂层", "summary": "秘密★5年"})
    (problem,) = row.problems()["summary"]
    assert "whole row" in str(problem.hint) or "整行" in str(problem.hint)
