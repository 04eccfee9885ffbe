"""Builders of technical needs. `make_need` writes through the bulk path, so that any state can be had at once."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from needs.models import TechNeed
from needs.services import bulk_create_needs
from tests.factories.programmes import programme
from tests.factories.reviewing import hand_in

INDICATOR = {"name": "裂纹检出率", "operator": "ge", "value": "98", "value_high": None, "unit": "%", "text": "",
             "now": "91", "must": True}  # fmt: skip


def need_data(**changes: Any) -> dict[str, Any]:
    """Everything that submission asks for, as `create_need` takes it."""
    return {
        "title": "涡轮叶片锻后在线检测",
        "need_kind": "tackle",
        "background": "每年锻造四万片叶片。",
        "problem": "冷却后人工检查，百分之三的裂纹到客户那里才发现。",
        "goal": "每片叶片在线检测，二十秒以内。",
        "tried": "试过工业相机，被氧化皮挡住。",
        "basis": "有一条可以试验的锻造线。",
        "tech_field": "0804",
        "industry": "35",
        "chain_link": "高温合金锻造",
        "target_trl": 7,
        "coop_modes": ["commissioned", "cooperative"],
        "budget_band": "b3",
        "budget_fen": 85_000_000,
        "open_competition": False,
        "due_months": 18,
        "open_until": timezone.localdate() + timedelta(days=90),
        "ip_terms": "joint",
        "visibility": "public",
        "contact": {"name": "测试联系人", "position": "总工", "phone": "000-0000", "email": "need@example.test"},
        **changes,
    }


def make_need(
    owner: Organisation, by: User, *, state: str = "published", handed_in: bool = True, **changes: Any
) -> TechNeed:
    """A complete need of `owner` in `state`; `indicators`, `invited` and every field can be given."""
    row = {"indicators": [INDICATOR], **need_data(**changes)}
    [need] = bulk_create_needs(by=by, owner=owner, programme=programme(), rows=[row], state=state)
    if state == "withdrawn" and handed_in:  # one withdrawn as a draft is known to nobody else
        hand_in(need, "need", by=by, owner=owner)
    return TechNeed.objects.select_related("region", "programme").get(pk=need.pk)


def form_data(*, version: int | None = None, do: str = "", rows: list[dict[str, Any]] | None = None,
              invited: list[str] | None = None, **changes: Any) -> dict[str, Any]:  # fmt: skip
    """What the browser posts from the form of a complete need."""
    values = need_data()
    contact = values.pop("contact")
    posted = {name: "" if value is None else value for name, value in values.items() if value is not False}
    posted |= {f"contact_{part}": text for part, text in contact.items()}
    posted |= {"budget_fen": "85", "programme": programme().pk, "version": version or "", "do": do}
    rows = [INDICATOR] if rows is None else rows
    for prefix, filled in (("indicators", rows), ("invited", [{"name": name} for name in invited or []])):
        posted |= {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": 0}
        for place, row in enumerate(filled):
            posted |= {f"{prefix}-{place}-{name}": "" if value is None else value for name, value in row.items()}
            if prefix == "indicators":
                posted[f"{prefix}-{place}-must"] = "1" if row.get("must", True) else ""
    return posted | changes
