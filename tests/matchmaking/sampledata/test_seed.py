"""The sample data: the same for the same numbers, in every state, with valid codes, and never in production."""

from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from catalog.enums import AchievementState
from catalog.models import Achievement
from experts.models import Expert
from matchmaking.accounts.enums import OrganisationKind
from matchmaking.accounts.models import Organisation, User
from matchmaking.accounts.selectors import demo_personas
from matchmaking.accounts.uscc import is_valid_uscc
from matchmaking.engine.encoder import Training
from matchmaking.matching.enums import MatchState
from matchmaking.matching.models import Match
from matchmaking.matching.services.digest import state_digest
from matchmaking.sampledata import texts
from needs.enums import NeedState
from needs.models import TechNeed

pytestmark = pytest.mark.django_db


def seeded(**options) -> tuple:
    """Seed, note down what came out, and undo it."""
    with transaction.atomic():
        call_command("seed", verbosity=0, **options)
        noted = (
            state_digest(),
            list(Achievement.objects.order_by("public_no").values_list("title", "trl", "region", "summary")),
            list(TechNeed.objects.order_by("public_no").values_list("title", "body__problem", "body__owner__name")),
            list(Organisation.objects.order_by("name").values_list("name", "uscc")),
            list(User.objects.order_by("username").values_list("username", "full_name")),
        )
        transaction.set_rollback(True)
    return noted


def test_the_same_seed_gives_the_same_data_and_another_seed_other_data():
    first = seeded(seed=3, no_matching=True)
    assert seeded(seed=3, no_matching=True) == first
    assert seeded(seed=4, no_matching=True) != first


def test_scale_one_has_everything_in_every_state(monkeypatch):
    # The encoder is trained as always, but once instead of twenty times over: how well it does is no matter here.
    monkeypatch.setattr("matchmaking.engine.model.Training", partial(Training, epochs=1))
    call_command("seed", verbosity=0)
    assert (Achievement.objects.count(), TechNeed.objects.count(), Expert.objects.count()) == (400, 260, 120)
    kinds = Organisation.objects.filter(is_sample=True)
    assert kinds.filter(kind=OrganisationKind.ENTERPRISE).count() == 90
    assert kinds.filter(kind__in=["university", "institute", "new_rd_institute", "hospital"]).count() == 40
    assert kinds.filter(kind__startswith="park").count() == 12
    assert all(is_valid_uscc(code) for code in kinds.values_list("uscc", flat=True) if code)
    assert set(Match.objects.values_list("state", flat=True)) == set(MatchState.values)
    assert len(set(Achievement.objects.values_list("state", flat=True))) >= len(AchievementState.values) - 2
    assert len(set(TechNeed.objects.values_list("state", flat=True))) >= len(NeedState.values) - 2
    assert len({persona.role for persona in demo_personas()}) >= 10
    with pytest.raises(CommandError, match="already"):
        call_command("seed", verbosity=0)


def test_production_takes_no_sample_data(settings):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="embedded"):
        call_command("seed", verbosity=0)


def test_enough_is_written_in_full_and_planted_pairs_are_in_other_words():
    counts = {kind: len(texts.written(kind)) for kind in ("achievements", "needs", "experts")}
    assert counts == {"achievements": 120, "needs": 90, "experts": 40}
    planted = [pair for pair in texts.written("pairs") if "achievement" in pair and pair["grade"] >= 3]
    assert len(planted) >= 60
    offers = {record["key"]: record for record in texts.written("achievements")}
    needs = {record["key"]: record for record in texts.written("needs")}
    shared = [_shared(needs[pair["need"]]["problem"], offers[pair["achievement"]]["summary"]) for pair in planted]
    assert sum(shared) / len(shared) < 0.02


def _shared(left: str, right: str) -> float:
    """Share of the four-character stretches of the left text that stand in the right one."""
    stretches = {left[at : at + 4] for at in range(len(left) - 3)}
    return sum(stretch in right for stretch in stretches) / max(1, len(stretches))
