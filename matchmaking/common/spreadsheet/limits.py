"""How large an uploaded table may be. Every bound refuses; none cuts off."""

from dataclasses import asdict, dataclass
from typing import Any

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the guard. `memory_bytes` is the address space of the reading process."""

    file_bytes: int = 20 * MIB
    entries: int = 2_000
    directory_bytes: int = 2 * MIB
    entry_bytes: int = 64 * MIB
    total_bytes: int = 100 * MIB
    ratio: int = 100
    ratio_from_bytes: int = 1 * MIB
    sheets: int = 100
    rows: int = 20_000
    columns: int = 100
    cells: int = 1_000_000
    cell_characters: int = 32_767
    text_characters: int = 25_000_000
    merges: int = 50_000
    memory_bytes: int = 280 * MIB
    cpu_seconds: int = 9
    wall_seconds: int = 30

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
