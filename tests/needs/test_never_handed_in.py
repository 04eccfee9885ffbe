"""A need or post withdrawn as a draft stays with its enterprise: nobody checked it, so nobody else reads it."""

import pytest

from needs.models import TechNeed
from needs.services import submit_need, withdraw_need
from needs.talent.models import TalentPost
from needs.talent.services import submit_talent_post, withdraw_talent_post
from tests.factories.needs import make_need
from tests.factories.talent import make_post

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("handed_in", [False, True])
def test_a_withdrawn_need_is_read_by_those_who_checked_it(
    handed_in, enterprise, enterprise_lead, park_admin, regional_officer_miit, secretary, regional_officer_edu
):
    need = make_need(enterprise, enterprise_lead, state="draft")
    if handed_in:
        need = submit_need(by=enterprise_lead, need=need)
    withdraw_need(by=enterprise_lead, need=need, reason="不再需要")
    for who in (park_admin, regional_officer_miit, secretary):
        assert TechNeed.objects.visible_to(who).filter(pk=need.pk).exists() is handed_in
        assert TechNeed.objects.with_file_open_to(who).filter(pk=need.pk).exists() is handed_in
    assert TechNeed.objects.visible_to(enterprise_lead).filter(pk=need.pk).exists()
    assert not TechNeed.objects.visible_to(regional_officer_edu).filter(pk=need.pk).exists()


@pytest.mark.parametrize("handed_in", [False, True])
def test_a_withdrawn_post_is_read_by_those_who_checked_it(
    handed_in, enterprise, enterprise_lead, park_admin, regional_officer_edu, secretary
):
    post = make_post(enterprise, enterprise_lead, state="draft")
    if handed_in:
        post = submit_talent_post(by=enterprise_lead, post=post)
    withdraw_talent_post(by=enterprise_lead, post=post, reason="不再需要")
    for who in (park_admin, regional_officer_edu, secretary):
        assert TalentPost.objects.visible_to(who).filter(pk=post.pk).exists() is handed_in
    assert TalentPost.objects.visible_to(enterprise_lead).filter(pk=post.pk).exists()
