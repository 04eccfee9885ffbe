"""Builders of talent posts. `make_post` writes through the bulk path, so that any state can be had at once."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from matchmaking.accounts.models import Organisation, User
from needs.talent.models import TalentPost
from needs.talent.services import bulk_create_talent_posts
from tests.factories.programmes import programme
from tests.factories.reviewing import hand_in


def post_data(**changes: Any) -> dict[str, Any]:
    """Everything that submission asks for, as `create_talent_post` takes it."""
    return {
        "title": "焊接工艺科技副总",
        "post_kind": "tech_vp",
        "headcount": 2,
        "tech_field": "0804",
        "disciplines": ["460"],
        "education": "doctor",
        "professional_title": "associate",
        "attendance": "weekly",
        "days_per_week": 2,
        "term_months": 24,
        "pay_band": "p5",
        "open_until": timezone.localdate() + timedelta(days=90),
        "visibility": "public",
        "duties": "牵头窄间隙焊接工艺开发，带教工艺员。",
        "requirements": "有厚板焊接项目经历。",
        "pay_details": "另付项目奖金",
        "housing": "厂区公寓一间",
        "insurance": "意外险由企业购买",
        "expected_output": "两年内形成工艺规范一套。",
        "mentor": "制造部部长",
        "contact": {"name": "测试联系人", "position": "人事", "phone": "000-0000", "email": "post@example.test"},
        **changes,
    }


def make_post(
    owner: Organisation, by: User, *, state: str = "published", handed_in: bool = True, **changes: Any
) -> TalentPost:
    """A complete post of `owner` in `state`; `invited` and every field can be given."""
    row = post_data(**changes)
    if state == "filled":
        row.setdefault("filled", row["headcount"])
    [post] = bulk_create_talent_posts(by=by, owner=owner, programme=programme(), rows=[row], state=state)
    if state == "withdrawn" and handed_in:  # one withdrawn as a draft is known to nobody else
        hand_in(post, "talent_post", by=by, owner=owner)
    return TalentPost.objects.select_related("region", "programme").get(pk=post.pk)


def form_data(
    *, version: int | None = None, do: str = "", invited: list[str] | None = None, **changes: Any
) -> dict[str, Any]:
    """What the browser posts from the form of a complete post."""
    values = post_data()
    contact = values.pop("contact")
    posted = {name: "" if value is None else value for name, value in values.items()}
    posted |= {f"contact_{part}": text for part, text in contact.items()}
    posted |= {"programme": programme().pk, "version": version or "", "do": do, "tech_need": ""}
    guests = invited or []
    posted |= {"invited-TOTAL_FORMS": len(guests), "invited-INITIAL_FORMS": 0}
    posted |= {f"invited-{place}-name": name for place, name in enumerate(guests)}
    return posted | changes
