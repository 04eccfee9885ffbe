"""Reading an uploaded table without trusting it (reliability rule 28).

`open_table` opens the file in a process of its own with bounds on memory, processor time and wall time, after the
checks that need no parser. Whatever is wrong with a file, the caller sees one exception, WorkbookRefused, whose code
and parameters become a sentence in the reader's language; OSError means that the file could not be opened at all.
The rows stay in a temporary file and are read one by one; `read_table` holds all of them, for small tables and tests.
Nothing here knows Django except that sentence.
"""

from matchmaking.common.spreadsheet.limits import Limits
from matchmaking.common.spreadsheet.reader import inspect, open_table, read_table
from matchmaking.common.spreadsheet.refusal import WorkbookRefused
from matchmaking.common.spreadsheet.table import Cell, StoredTable, Table

__all__ = ["Cell", "Limits", "StoredTable", "Table", "WorkbookRefused", "inspect", "open_table", "read_table"]
