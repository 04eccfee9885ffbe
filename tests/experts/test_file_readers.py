"""Who reads the file of an expert or a team: of the departments there only those whose track decides on them."""

import pytest

from experts import rules
from experts.teams import rules as team_rules
from tests.factories.experts import make_expert
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db


def test_a_department_of_another_track_reads_what_members_read(
    university, university_officer, regional_officer_edu, regional_officer_miit, regional_officer_sti,
    regional_officer_ip, other_regional_officer_edu, secretary,
):  # fmt: skip
    expert = make_expert(university, university_officer)
    team = make_team(expert, university_officer)
    for who, reads in ((university_officer, True), (regional_officer_edu, True), (secretary, True),
                       (regional_officer_miit, False), (regional_officer_sti, False), (regional_officer_ip, False),
                       (other_regional_officer_edu, False)):  # fmt: skip
        assert (rules.sees_file(who, expert), team_rules.sees_file(who, team)) == (reads, reads), who
