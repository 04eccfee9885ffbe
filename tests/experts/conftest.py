"""Two entries of two units that are one person, their pair, and the pair when both units have agreed."""

import pytest

from tests.experts.same_person import answer, ask, fresh, search
from tests.factories.experts import make_expert


@pytest.fixture
def both(university, university_officer, other_university, other_university_officer):
    return make_expert(university, university_officer), make_expert(other_university, other_university_officer)


@pytest.fixture
def pair(both):
    return search().get()


@pytest.fixture
def agreed(pair, secretary, university_officer, other_university_officer):
    ask(pair, secretary)
    answer(pair, university_officer)
    answer(pair, other_university_officer)
    return fresh(pair)
