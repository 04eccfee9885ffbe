"""Organisations are found by their names, however they are spelt, and by the first letters of their pinyin."""

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog.selectors import organisation_names
from matchmaking.accounts.filters import OrganisationFilter
from matchmaking.accounts.models import Organisation
from matchmaking.accounts.names import initials_of, may_be_initials
from matchmaking.accounts.services import create_organisation
from tests.factories.accounts import OrganisationFactory, region, valid_uscc


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("重庆3D打印研究院", "cq3ddyyjy"),  # 重 is read chong here, not zhong
        ("长春光机所", "ccgjs"),
        ("（示例）澄陵理工大学", "slcllgdx"),
        ("银行 A·B", "yhab"),
        ("", ""),
    ],
)
def test_initials(name, letters):
    assert initials_of(name) == letters


@pytest.mark.parametrize(
    ("text", "may"), [("cllg", True), ("CL", True), ("c", False), ("澄陵", False), ("c3", False), ("  ", False)]
)
def test_what_may_be_initials(text, may):
    assert may_be_initials(text) is may


@pytest.fixture
def named(db):
    create_organisation(by=None, aliases=("澄理工",), name="澄陵理工大学", kind="university", state="active",
                        uscc=valid_uscc(970_077), region=region())  # fmt: skip
    OrganisationFactory(name="岚川工业大学")


def in_directory(text):
    found = OrganisationFilter({"q": text}, queryset=Organisation.objects.visible_to(AnonymousUser())).qs
    return list(found.values_list("name", flat=True))


@pytest.mark.parametrize("text", ["cllgdx", "CLLG", "lgdx", "clg", "澄理工", "澄陵 理工"])
def test_directory_and_suggestions_find_it(named, text):
    assert in_directory(text) == organisation_names(text) == ["澄陵理工大学"]


@pytest.mark.parametrize("text", ["lcll", "cl3", "zz"])
def test_and_nothing_else(named, text):
    assert in_directory(text) == organisation_names(text) == []


def test_who_has_not_been_verified_is_not_suggested(named):
    OrganisationFactory(name="澄陵理工附属厂", state="applied")
    assert organisation_names("cllg") == ["澄陵理工大学"]
    assert in_directory("cllg") == ["澄陵理工大学"]
