"""One door per state: transitions as data, moved by a conditional UPDATE.

A workflow is a set of (source, target) pairs for one noun. The same pairs are written to the database by the app's
migration (`guard_states`), where a trigger refuses illegal moves from anywhere, raw SQL included.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import migrations, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StaleState(Exception):
    """Somebody else moved or changed the record first. The page tells who and when from the history."""

    message = _("This record was changed a moment ago. Look at its present state and decide again.")


class IllegalMove(Exception):
    """The workflow has no such transition."""

    message = _("This step is not possible in the present state.")


@dataclass(frozen=True)
class Workflow:
    """The legal moves of one noun. `noun` is the database table; `moves` maps a state to the states that may follow."""

    noun: str
    moves: dict[str, tuple[str, ...]]
    pairs: frozenset[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        pairs = frozenset((source, target) for source, targets in self.moves.items() for target in targets)
        object.__setattr__(self, "pairs", pairs)

    def allows(self, source: str, target: str) -> bool:
        return (source, target) in self.pairs


def move(record: Any, target: str, *, workflow: Workflow, **changes: Any) -> None:
    """Move `record.state` to `target` and set `changes`, if nobody else moved or changed it since it was read.

    Raises IllegalMove when the workflow has no such transition and StaleState when state or version differ in the
    database (reliability rule 13: the row count of the conditional UPDATE is the only proof).
    """
    source = record.state
    if not workflow.allows(source, target):
        raise IllegalMove(f"{workflow.noun}: {source} → {target}")
    values = {"state": target, "state_since": timezone.now(), "version": models.F("version") + 1, **changes}
    door = type(record)._base_manager.filter(  # noqa: SLF001 (the unscoped door)
        pk=record.pk, state=source, version=record.version
    )
    if door.update(**values) != 1:
        raise StaleState(f"{workflow.noun} {record.pk}")
    record.refresh_from_db(fields=list(values))


def expect_version(record: Any, version: int | None) -> None:
    """The version that the person looked at must be the one that was loaded; `move` compares it with the database.

    None for actors that looked at no page. Raises StaleState.
    """
    if version is not None and record.version != version:
        raise StaleState(f"{type(record).__name__} {record.pk}")


def guard_states(workflow: Workflow) -> list[migrations.RunSQL]:
    """Return the migration operations that write the transitions and put the trigger on the table."""
    noun = workflow.noun
    # Every part is a constant of the code, never input.
    rows = ", ".join(f"('{noun}', '{source}', '{target}')" for source, target in sorted(workflow.pairs))
    return [
        migrations.RunSQL(
            f"DELETE FROM vocabularies_statetransition WHERE noun = '{noun}';"  # noqa: S608
            f"INSERT INTO vocabularies_statetransition (noun, source, target) VALUES {rows};",
            f"DELETE FROM vocabularies_statetransition WHERE noun = '{noun}';",  # noqa: S608
        ),
        migrations.RunSQL(
            f"CREATE TRIGGER {noun}_state_guard BEFORE UPDATE OF state ON {noun} FOR EACH ROW "
            f"WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_illegal_move('{noun}');",
            f"DROP TRIGGER IF EXISTS {noun}_state_guard ON {noun};",
        ),
    ]
