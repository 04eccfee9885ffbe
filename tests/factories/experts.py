"""Builders of experts. `make_expert` writes through the bulk path, so that any state can be had at once."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from experts.enums import ExpertState
from experts.models import Expert
from experts.services import bulk_create_experts
from matchmaking.accounts.models import Organisation, User
from tests.factories.programmes import programme

WORKS = [{"title": "涡流阵列检测方法", "kind": "paper", "year": 2022}]


def expert_data(**changes: Any) -> dict[str, Any]:
    """Everything a nomination asks for, as `nominate_expert` takes it."""
    today = timezone.localdate()
    return {
        "name": "测试专家",
        "title": "senior",
        "position": "课题组长",
        "education": "doctor",
        "fields": ["0804", "0801"],
        "disciplines": ["460"],
        "industries": ["35"],
        "expert_kinds": ["technical"],
        "directions": "涡流阵列无损检测与缺陷分级。",
        "services": ["diagnosis", "review"],
        "regions": ["32"],
        "term_from": today - timedelta(days=1),
        "term_to": today + timedelta(days=700),
        "gender": "f",
        "birth_year": 1979,
        "contact": {"name": "测试专家", "position": "", "phone": "000-0000", "email": "expert_user@example.test"},
        **changes,
    }


def make_expert(owner: Organisation, by: User, *, state: str = "in_pool", **changes: Any) -> Expert:
    """A complete entry nominated by `owner` in `state`; consented unless only nominated."""
    row = expert_data(**{"organisation": owner, "works": WORKS, "visibility": "public", **changes})
    if state != ExpertState.NOMINATED:
        row.setdefault("consented_at", timezone.now())
    if row.get("unit_opinion") is None:
        row["unit_opinion"] = "" if state in (ExpertState.NOMINATED, ExpertState.CONSENTED) else "同意推荐。"
    [expert] = bulk_create_experts(by=by, owner=owner, programme=programme(), rows=[row], state=state)
    return reload(expert)


def reload(expert: Expert) -> Expert:
    """The entry as the views load it."""
    loaded = Expert.objects.select_related("region", "programme", "organisation", "body__owner", "body__user")
    return loaded.get(pk=expert.pk)


def form_data(*, version: int | None = None, works: list[dict[str, Any]] | None = None,
              conflicts: list[str] | None = None, **changes: Any) -> dict[str, Any]:  # fmt: skip
    """What the browser posts from the form of a complete nomination."""
    values = expert_data()
    contact = values.pop("contact")
    posted = {name: "" if value is None else value for name, value in values.items()}
    posted |= {"contact_phone": contact["phone"], "contact_email": contact["email"], "affiliation": "unit",
               "programme": programme().pk, "version": version or ""}  # fmt: skip
    for prefix, rows in (("works", WORKS if works is None else works),
                         ("conflicts", [{"name": name} for name in conflicts or []])):  # fmt: skip
        posted |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
        for place, row in enumerate(rows):
            posted |= {f"{prefix}-{place}-{name}": "" if value is None else value for name, value in row.items()}
    return posted | changes
