"""Names of organisations in cells: which verified organisation each of them means."""

from collections.abc import Iterable

from matchmaking.accounts.enums import OrganisationState
from matchmaking.accounts.models import Organisation, OrganisationAlias
from matchmaking.accounts.services import fold_name
from matchmaking.intake.cells import CellError
from matchmaking.intake.said import said as _


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
        raise CellError(problem % {"name": name}, _("Write the full registered name, or leave the name out."))

    def keys_of(self, names: Iterable[str]) -> list[int]:
        """Return the keys of several names, each organisation once. Raises CellError for the first unknown name."""
        return list(dict.fromkeys(self.key_of(name) for name in names))

    def words(self, keys: Iterable[int]) -> str:
        return "、".join(self.by_key[key].name for key in keys if key in self.by_key)
