"""Names of organisations in cells: which verified organisation each of them means."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import Organisation, OrganisationAlias
from matchmaking.accounts.services import fold_name
from matchmaking.intake.cells import CellError
from matchmaking.intake.said import said as _

ORGANISATION = "organisation"  # the code of the error; the sentence carries the name
NEAR = 70  # of 100
MOST = 2  # names offered for one


class OrganisationNames:
    """The organisations that were asked for so far, by name and by key. Two queries at most for any number of names."""

    def __init__(self, *known: Organisation) -> None:
        self._found: dict[str, dict[int, Organisation]] = {fold_name(one.name): {one.pk: one} for one in known}
        self.by_key: dict[int, Organisation] = {one.pk: one for one in known}

    def prepare(self, names: Iterable[str]) -> None:
        """Look up the names that are not known yet."""
        unknown = {fold_name(name) for name in names} - self._found.keys()
        if not unknown:
            return
        self._found |= {folded: {} for folded in unknown}
        aliases = OrganisationAlias.objects.filter(folded__in=unknown, organisation__state=OrganisationState.ACTIVE)
        for alias in aliases.select_related("organisation__region"):
            self._found[alias.folded][alias.organisation_id] = alias.organisation
            self.by_key[alias.organisation_id] = alias.organisation

    def add(self, organisations: Iterable[Organisation]) -> None:
        """Know these by their keys, for the words of a comparison."""
        self.by_key |= {one.pk: one for one in organisations}

    def key_of(self, name: str) -> int:
        """Return the key of the organisation that a prepared name means. Raises CellError: none, or several."""
        found = self._found.get(fold_name(name), {})
        if len(found) == 1:
            return next(iter(found))
        problem = (
            _("There is more than one organisation called “%(name)s”.")
            if found
            else _("No organisation called “%(name)s” is registered in the portal.")
        )
        hint = _("Write the full registered name, or leave the name out.")
        raise CellError(problem % {"name": name}, hint, code=ORGANISATION)

    def keys_of(self, names: Iterable[str]) -> list[int]:
        """Return the keys of several names, each organisation once. Raises CellError for the first unknown name."""
        return list(dict.fromkeys(self.key_of(name) for name in names))

    def words(self, keys: Iterable[int]) -> str:
        return "、".join(self.by_key[key].name for key in keys if key in self.by_key)


def near_names(names: Iterable[str]) -> dict[str, list[str]]:
    """Return, for names that no organisation has, the registered names nearest to each. One query for all."""
    wanted = set(names)
    if not wanted:
        return {}
    aliases = OrganisationAlias.objects.filter(organisation__state=OrganisationState.ACTIVE)
    known: dict[str, str] = dict(aliases.values_list("folded", "organisation__name"))
    folds = list(known)
    found = {}
    for name in wanted:
        near = process.extract(fold_name(name), folds, scorer=fuzz.ratio, score_cutoff=NEAR, limit=2 * MOST)
        found[name] = list(dict.fromkeys(known[folded] for folded, _score, _index in near))[:MOST]
    return found
