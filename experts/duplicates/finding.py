"""Which entries of two units may be one person. Reads only.

The name must be the same, or the account. A name alone says little (many people share one): two further signs must
agree. Another year of birth or gender speaks against all but the account.
"""

from dataclasses import dataclass, field
from datetime import datetime

from rapidfuzz import fuzz

from experts.enums import COMPARED
from experts.models import Expert, ExpertWork
from matchmaking.intake.duplicates.enums import Reason
from matchmaking.intake.duplicates.finding import Found, Shared, found
from matchmaking.intake.duplicates.titles import folded

NAMESAKES = 60  # so many entries with one name are compared
ALIKE = 70  # of 100, of the research directions
ENOUGH = 3  # signs beside the name
SAME_ACCOUNT = 99


@dataclass(frozen=True)
class Entered:
    """One entry as it is compared; year of birth and gender are compared here and shown nowhere."""

    owner: int
    born: int | None
    gender: str
    organisation: int | None
    directions: str
    fields: frozenset[str]


@dataclass
class Compared:
    people: dict[int, Entered] = field(default_factory=dict)
    changed: dict[int, datetime] = field(default_factory=dict)
    names: Shared = field(default_factory=lambda: Shared(NAMESAKES))
    accounts: Shared = field(default_factory=lambda: Shared(NAMESAKES))
    works: Shared = field(default_factory=lambda: Shared(NAMESAKES))

    def near(self, key: int) -> list[Found]:
        """The entries of other units that may be the same person."""
        accounts = self.accounts.with_one_of(key)
        pairs = (
            self._compare(key, other, account=other in accounts)
            for other in accounts | self.names.with_one_of(key)
            if self.people[other].owner != self.people[key].owner
        )
        return [pair for pair in pairs if pair]

    def _compare(self, one: int, other: int, *, account: bool) -> Found | None:
        left, right = self.people[one], self.people[other]
        if not account and (_contrary(left.born, right.born) or _contrary(left.gender, right.gender)):
            return None
        works = bool(self.works.marks.get(one, set()) & self.works.marks.get(other, set()))
        born = left.born is not None and left.born == right.born
        organisation = left.organisation is not None and left.organisation == right.organisation
        directions = min(len(left.directions), len(right.directions)) > 5 and (
            fuzz.token_set_ratio(left.directions, right.directions) >= ALIKE
        )
        common = left.fields & right.fields
        fields = bool(common) and 2 * len(common) >= min(len(left.fields), len(right.fields))
        signs = 3 * works + 2 * born + 2 * organisation + 2 * directions + fields
        if not account and signs < ENOUGH:
            return None
        return found(one, other, SAME_ACCOUNT if account else min(97, 66 + 5 * signs), {
            Reason.ACCOUNT: account,
            Reason.NAME: bool(self.names.marks[one] & self.names.marks[other]),
            Reason.WORKS: works,
            Reason.PRIVATE: born,
            Reason.ORGANISATION: organisation,
            Reason.DIRECTIONS: directions,
            Reason.FIELDS: fields,
        })  # fmt: skip


def _contrary(one: object, other: object) -> bool:
    """Whether both sides say something, and not the same."""
    return bool(one) and bool(other) and one != other


def read_all() -> Compared:
    """Read every entry to which its person consented and that still stands."""
    read = Compared()
    live = Expert.objects.filter(state__in=COMPARED, body__consent__withdrawn_at=None).order_by("pk").values_list(
        "pk", "name", "organisation_id", "directions", "fields", "body__owner_id", "body__user_id", "body__birth_year",
        "body__gender", "updated_at", "state_since")  # fmt: skip
    for key, name, organisation, directions, fields, owner, user, born, gender, updated, since in live.iterator():
        read.people[key] = Entered(owner, born, gender, organisation, folded(directions), frozenset(fields))
        read.changed[key] = max(updated, since)
        read.names.add(key, folded(name))
        read.accounts.add(key, user)
    works = ExpertWork.objects.filter(expert__state__in=COMPARED).values_list("expert_id", "title")
    for key, title in works.iterator():
        if key in read.people and len(folded(title)) > 5:
            read.works.add(key, folded(title))
    return read
