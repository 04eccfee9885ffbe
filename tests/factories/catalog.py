"""Builders of achievements: complete enough for any state, public, of a university in Jiangsu.

`AchievementFactory(state="submitted", body__owner=university, body__created_by=researcher)`.
"""

import factory

from catalog.enums import AchievementState
from catalog.models import Achievement, AchievementBody, AchievementIndicator, Completer, CompletingUnit, IPItem
from matchmaking.accounts.enums import OrganisationKind
from tests.factories.accounts import OrganisationFactory, UserFactory, region
from tests.factories.programmes import programme


class AchievementFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Achievement
        skip_postgeneration_save = True

    public_no = factory.Sequence(lambda n: f"CG-2020-{n:06d}")
    programme = factory.LazyFunction(programme)
    region = factory.LazyFunction(region)
    state = AchievementState.DRAFT
    title = factory.Sequence(lambda n: f"高温合金叶片缺陷在线检测技术{n}")
    summary = "本成果把涡流阵列探头与温度补偿模型结合起来，用于锻造后叶片的在线检测。" * 5
    problem_solved = "人工抽检速度慢，漏检率高。"
    key_points = "阵列探头设计；温度补偿；缺陷分级。"
    applications = ["35", "37"]
    application_text = "锻造生产线"
    tech_field = "0804"
    discipline = "460"
    keywords = ["涡流检测", "高温合金", "在线检测"]
    trl = 6
    maturity = "pilot_passed"
    source = "nat_plan"
    ownership = "single"
    coop_modes = ["license_non", "cooperative"]
    price_band = "b3"
    body = factory.RelatedFactory("tests.factories.catalog.AchievementBodyFactory", factory_related_name="achievement")


class AchievementBodyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AchievementBody

    achievement = factory.SubFactory(AchievementFactory, body=None)
    owner = factory.SubFactory(OrganisationFactory, kind=OrganisationKind.UNIVERSITY)
    created_by = factory.SubFactory(UserFactory)
    trl_evidence = "第三方检测报告"
    contact = {"name": "测试联系人", "phone": "000-0000", "email": "contact@example.test"}
    secrecy_declared = True
    unit_opinion = "同意推荐。"
    unit_opinion_by = "测试审核人"
    unit_opinion_on = "2026-01-05"


class IndicatorFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AchievementIndicator

    achievement = factory.SubFactory(AchievementFactory)
    position = 1
    name = "检出率"
    operator = "ge"
    value = "98.5"
    unit = "%"


class IPItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = IPItem

    achievement = factory.SubFactory(AchievementFactory)
    kind = "pat_inv"
    number = "(示例)2022-01-0001"
    title = "一种叶片缺陷检测装置"
    status = "granted"


class CompleterFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Completer

    achievement = factory.SubFactory(AchievementFactory)
    position = 1
    name = "测试完成人"


class CompletingUnitFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CompletingUnit

    achievement = factory.SubFactory(AchievementFactory)
    organisation = factory.SubFactory(OrganisationFactory, kind=OrganisationKind.UNIVERSITY)
    position = 1


def complete(achievement: Achievement) -> Achievement:
    """Add the rows without which an achievement cannot be submitted: indicator, right, unit, completer."""
    IndicatorFactory(achievement=achievement)
    IPItemFactory(achievement=achievement)
    CompletingUnitFactory(achievement=achievement, organisation=achievement.body.owner)
    CompleterFactory(achievement=achievement)
    return achievement
