"""Sample values of the gallery page: every component once, in the states it can take. Fictional throughout."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone

from matchmaking.common.rails import Part, rail
from matchmaking.common.tones import TONES

FIELDS = [("1", "电子信息"), ("2", "生物与新医药"), ("4", "新材料"), ("8", "先进制造与自动化")]
STATES = [("draft", "草稿"), ("submitted", "已提交"), ("returned", "退回修改"), ("published", "已发布")]
SHOWN_STATES = [
    *STATES,
    ("docking", "对接中"),
    ("rejected", "未通过"),
    ("withdrawn", "已撤回"),
]
TITLES = ("高温涂层抗氧化寿命提升", "锂电隔膜在线缺陷检测", "大型铸件残余应力快速评估")
PROBLEM = (
    "现有浸渍工艺在 1200 ℃ 以上氧化增重超过 3%，涂层与基体热膨胀系数不匹配，循环 20 次后出现贯穿裂纹。\n"
    "希望在不更换基体的前提下把使用寿命提高到 100 次循环以上。"
)
ANSWER = (
    "采用梯度过渡层缓解热膨胀系数失配，涂层在 1300 ℃ 静态空气中 200 h 氧化增重 0.6%，"
    "1200 ℃ 至室温热循环 150 次无贯穿裂纹，可在现有浸渍产线上实施。"
)


class QuestionForm(forms.Form):
    title = forms.CharField(label="难题名称", max_length=80, help_text="例如：高温合金叶片涂层在 1200 ℃ 下的抗氧化")
    field = forms.ChoiceField(label="技术领域", choices=[("", "请选择"), *FIELDS])
    problem = forms.CharField(
        label="问题描述", max_length=200, widget=forms.Textarea, help_text="现状、试过的办法、卡在哪里，分别写一句。"
    )
    budget = forms.DecimalField(
        label="预算", required=False, widget=forms.NumberInput(attrs={"data-suffix": "万元"}), help_text="可不填"
    )
    until = forms.DateField(label="希望解决时间", required=False)
    modes = forms.MultipleChoiceField(
        label="合作方式",
        choices=[("dev", "委托开发"), ("joint", "联合攻关"), ("licence", "许可转让")],
        widget=forms.CheckboxSelectMultiple,
    )
    secrecy = forms.ChoiceField(
        label="公开范围", choices=[("public", "全部公开"), ("hidden", "隐去单位名称")], widget=forms.RadioSelect
    )
    file = forms.FileField(label="附件", required=False, widget=forms.FileInput(attrs={"accept": ".pdf,.docx"}))
    agree = forms.BooleanField(label="本单位确认所填内容真实，不含国家秘密")


class IndicatorForm(forms.Form):
    name = forms.CharField(label="指标", max_length=40)
    operator = forms.ChoiceField(label="要求", choices=[("ge", "≥"), ("le", "≤"), ("between", "区间")])
    value = forms.DecimalField(label="数值")
    unit = forms.CharField(label="单位", max_length=20, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class FilterForm(forms.Form):
    q = forms.CharField(label="关键词", required=False)
    field = forms.MultipleChoiceField(
        label="技术领域", choices=FIELDS, required=False, widget=forms.CheckboxSelectMultiple
    )
    state = forms.ChoiceField(label="状态", choices=[("", "不限"), *STATES], required=False)


def record(state: str, label: str, **values: Any) -> SimpleNamespace:
    """Return something with a state, as the pages' records have."""
    return SimpleNamespace(state=state, get_state_display=lambda: label, **values)


def sample(query: Any) -> dict[str, Any]:
    """Return the context of the gallery page for a query (the filter form works)."""
    today = timezone.localdate()
    return {**_marks(today), **_records(today), **_lists(today, query), **_forms()}


def _marks(today: dt.date) -> dict[str, Any]:
    return {
        "badges": [record(state, label) for state, label in SHOWN_STATES],
        "tones": TONES,
        "deadlines": [_day(today, days) for days in (-2, 0, 3, 9, 40)],
        "icons": ("search", "filter", "building-factory", "school", "flask", "heart-handshake", "file-spreadsheet"),
        "amounts": (None, 98_000, 320_000, 12_500_000, 1_250_000_000),
        "funnel": [
            {"label": "需求", "value": 260, "url": "?step=1"},
            {"label": "匹配", "value": 184},
            {"label": "对接", "value": 77},
            {"label": "签约", "value": 21},
            {"label": "落地", "value": 9},
        ],
        "bars": [{"label": label, "value": value} for (_, label), value in zip(FIELDS, (88, 41, 73, 58), strict=True)],
    }


def _records(today: dt.date) -> dict[str, Any]:
    now = timezone.now()
    before, earlier = now - dt.timedelta(days=2), now - dt.timedelta(days=5)
    reason = "“预算”与附件中的金额不一致。"
    terms = ["氧化增重", "热膨胀系数", "循环", "浸渍"]
    return {
        "steps": [
            {"label": "提交", "state": "done", "at": _day(today, -20)},
            {"label": "园区审核", "state": "done", "at": _day(today, -15), "note": "华阳高新区"},
            {"label": "发布", "state": "current", "note": "省厅处理中"},
            {"label": "匹配", "state": "todo"},
            {"label": "对接", "state": "todo"},
        ],
        "history": [
            {"at": now, "title": "退回修改", "by": "省厅项目专员", "text": reason, "tone": "orange"},
            {"at": before, "title": "园区审核通过", "by": "园区管理员", "tone": "green", "icon": "check"},
            {"at": earlier, "title": "提交", "by": "企业技术负责人", "tone": "blue"},
        ],
        "left": {
            "title": "高温涂层抗氧化寿命提升",
            "subtitle": "企业难题 · XQ-2026-0007",
            "sections": [{"heading": "问题", "text": PROBLEM, "terms": terms}],
        },
        "right": {
            "title": "梯度过渡层陶瓷基复合材料涂层",
            "subtitle": "高校成果 · CG-2026-0112",
            "url": "?right",
            "sections": [{"heading": "技术内容", "text": ANSWER, "terms": terms}],
        },
        "personas": [
            {
                "name": "陆文澜",
                "role": "成果转化专员",
                "organisation": "示例理工大学",
                "login_url": "?p=1",
                "icon": "book",
            },
            {"name": "程远山", "role": "企业技术负责人", "organisation": "示例精密制造有限公司", "login_url": "?p=2"},
        ],
    }


def _lists(today: dt.date, query: Any) -> dict[str, Any]:
    rows = [
        record(
            *STATES[number % 4],
            number=f"XQ-2026-{number:04d}",
            title=TITLES[number % 3],
            fen=number * 31_250_000,
            until=_day(today, number * 4 - 6),
        )
        for number in range(1, 93)
    ]
    return {
        "tabs": [
            {"label": "待审", "url": "?tab=1", "active": True, "count": 12},
            {"label": "已放行", "url": "?tab=2", "count": 1240},
            {"label": "全部", "url": "?tab=3"},
        ],
        "filter": SimpleNamespace(form=FilterForm(data=query)),
        "page": Paginator(rows, 6).get_page(query.get("page")),
    }


def _forms() -> dict[str, Any]:
    indicators = forms.formset_factory(IndicatorForm, extra=0, can_delete=True, max_num=5)
    first = {"name": "使用温度", "operator": "ge", "value": 1200, "unit": "℃"}
    steps = [
        Part("components", "难题", fields=("title", "problem")),
        Part("top", "指标", rows=("indicator",)),
        Part("main", "合作", fields=("modes", "budget")),
        Part("toasts", "公开范围", fields=("file",)),
    ]
    wrong = {"w-title": "", "w-problem": "字" * 230, "w-budget": "很多", "w-until": "明天"}
    return {
        "question": QuestionForm(),
        "wrong": QuestionForm(data=wrong, prefix="w"),
        "indicators": indicators(initial=[first], prefix="indicator"),
        "reason": ReasonForm(prefix="reason"),
        "rail": rail(
            steps,
            form=QuestionForm(data={"title": "涂层", "problem": "剥落", "modes": ["dev"], "budget": "很多"}),
            sets={"indicator": indicators(initial=[first], prefix="indicator")},
            needed=("title", "problem:20", "indicator", "modes"),
        ),
    }


def _day(today: dt.date, days: int) -> dt.date:
    return today + dt.timedelta(days=days)
