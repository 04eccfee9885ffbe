"""Code tables as facets: the options of a filter by codes, in the language of the page."""

from matchmaking.common.facets import Option, Options
from matchmaking.vocabularies.selectors import region_tree, tree


def codes_of(table: str) -> Options:
    """All codes of a table with the codes above them; retired ones stay findable."""
    return lambda: [Option(*row) for row in tree(table)]


def regions() -> list[Option]:
    """All regions with the regions above them."""
    return [Option(*row) for row in region_tree()]
