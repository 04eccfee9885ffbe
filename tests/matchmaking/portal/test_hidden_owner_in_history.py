"""The auditor reads who did what as whom, but neither by reading nor by asking whose a hidden owner's record is."""

import pytest

from matchmaking.accounts.enums import Role
from matchmaking.activity.models import Entry
from needs.services import submit_need, withdraw_need
from tests.factories.needs import make_need

pytestmark = pytest.mark.django_db
LIST = "/history/"


@pytest.mark.parametrize("visibility", ["public", "hidden_owner"])
def test_the_organisation_of_a_hidden_owner_is_not_told(
    visibility, login, make_administrator, enterprise, enterprise_lead
):
    need = make_need(enterprise, enterprise_lead, state="draft", visibility=visibility)
    submit_need(by=enterprise_lead, need=need)
    withdraw_need(by=enterprise_lead, need=need, reason="不再需要")
    told = visibility == "public"
    assert Entry.objects.filter(verb="need.withdrawn", as_organisation_id=enterprise.pk).exists()
    auditor = login(make_administrator(Role.AUDIT_ADMIN))
    for address in (LIST, f"{LIST}export/?as=csv"):
        response = auditor.get(address)
        text = (b"".join(response) if response.streaming else response.content).decode("utf-8-sig")
        assert (need.public_no in text, enterprise_lead.full_name in text, enterprise.name in text) == (
            True,
            True,
            told,
        )
    found = auditor.get(LIST, {"organisation": enterprise.name}).content.decode()
    assert (need.public_no in found) is told
