"""Reading an uploaded table without trusting it (reliability rule 28).

`read_table` opens the file in a process of its own with bounds on memory, processor time and wall time, after the
checks that need no parser. Whatever is wrong with a file, the caller sees one exception, WorkbookRefused, whose code
and parameters become a sentence in the reader's language; OSError means that the file could not be opened at all.
Nothing here knows Django except that sentence.
"""

from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.reader import inspect, read_table
from matchmaking.common.spreadsheet.refusal import WorkbookRefused
from matchmaking.common.spreadsheet.table import Cell, Table

__all__ = ["Cell", "Limits", "Table", "WorkbookRefused", "inspect", "read_table"]
