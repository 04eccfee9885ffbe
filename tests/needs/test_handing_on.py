"""Many drafts of an upload handed in at once: the complete ones go, the others are named with what they lack."""

import pytest
from django.urls import reverse

from matchmaking.intake.handing_on import handing_on_of
from needs.models import TechNeed
from needs.talent.models import TalentPost
from tests.factories.needs import make_need
from tests.needs.talent.test_importing import row as post_row
from tests.needs.test_importing import row as need_row
from tests.rowkinds import Uploads

pytestmark = pytest.mark.django_db
DECLARED = {"declared": True}


@pytest.mark.parametrize(
    ("kind", "model", "row", "gap"),
    [("need", TechNeed, need_row, "预期目标"), ("talent_post", TalentPost, post_row, "职责任务")],
)
def test_the_page_hands_in_what_is_complete(kind, model, row, gap, enterprise, enterprise_lead, login):
    uploads = Uploads(kind, enterprise, enterprise_lead)
    batch = uploads.commit(uploads.send([row(1), row(2), row(3, **{gap: None})]))
    url = reverse("imports:submit", args=[batch.uuid])
    client = login(enterprise_lead)
    assert gap[:2] in client.get(url, {"show": "incomplete"}).content.decode()
    first, second, third = model.objects.order_by("pk")
    ticked = {"pk": [f"{first.uuid}:1", f"{second.uuid}:7", f"{third.uuid}:1"]}
    assert client.post(url, ticked).status_code == 422  # nothing is declared
    answer = client.post(url, {**ticked, "declared": "on"})
    assert answer.status_code == 200
    assert [model.objects.get(pk=one.pk).state for one in (first, second, third)] == ["submitted", "draft", "draft"]
    assert {one.number for one in answer.context["left"]} == {second.public_no, third.public_no}


def test_needs_of_others_are_not_handed_in(enterprise_lead, other_enterprise, other_enterprise_lead):
    need = make_need(other_enterprise, other_enterprise_lead, state="draft")
    chosen = {str(need.uuid): 1}
    assert handing_on_of("need").submit(by=enterprise_lead, chosen=chosen, **DECLARED) == (0, [])
    assert not handing_on_of("need").waiting(enterprise_lead, TechNeed.objects.values("uuid")).exists()
    need.refresh_from_db()
    assert need.state == "draft"
