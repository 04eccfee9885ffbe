"""Records that stand beside a world and are closed to whoever does not own or check them."""

from catalog.services import bulk_create_achievements
from tests.canaries import readers
from tests.canaries.planting import World
from tests.canaries.tokens import Garden
from tests.factories.experts import make_expert
from tests.factories.needs import make_need
from tests.factories.programmes import programme
from tests.factories.talent import make_post


def plant_closed(world: World) -> Garden:
    """Drafts, and records in the pool for invited ones; the canaries of their titles and texts."""
    garden, cast = Garden(99), world.cast
    house, owner, unit = cast.houses["enterprise"], cast.people["owner"], cast.houses["university"]
    for state, visibility in (("draft", "public"), ("submitted", "public"), ("published", "invited")):
        who = readers.need_row(state, visibility, "enterprise", handed_in=True)
        make_need(house, owner, state=state, visibility=visibility, invited=[], title=garden.word("need title", who),
                  problem=garden.word("need problem", who))  # fmt: skip
        make_post(house, owner, state=state, visibility=visibility, invited=[], title=garden.word("post title", who),
                  duties=garden.word("post duties", who))  # fmt: skip
    for state, visibility in (("draft", "public"), ("submitted", "public"), ("accepted", "invited")):
        who = readers.achievement_row(state, visibility, handed_in=True)
        bulk_create_achievements(
            by=cast.people["author"], owner=unit, programme=programme(), state=state, region=unit.region,
            rows=[{"title": garden.word("achievement title", who), "summary": garden.word("achievement summary", who),
                   "visibility": visibility, "tech_field": "0804", "discipline": "460", "trl": 6,
                   "ownership": "single"}],
        )  # fmt: skip
    for state, visibility in (("nominated", "public"), ("in_pool", "invited")):
        who = readers.expert_row(state, visibility)
        make_expert(unit, cast.people["transfer"], state=state, visibility=visibility,
                    name=garden.word("expert name", who), directions=garden.word("expert directions", who))  # fmt: skip
    return garden
