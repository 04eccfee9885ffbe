"""Machine code, made once for a whole run: every process that needs it while another makes it would make it as well.

`python -m tests.compiling FOLDER` makes it or waits for it; `FOLDER` is shared by the processes of a run. It takes a
minute of one processor where nothing is kept from an earlier run, two seconds otherwise.
"""

import fcntl
import subprocess
import sys
from pathlib import Path

WARM = ["-c", "from matchmaking.engine.kernel.warm import warm; warm()"]


def once(folder: Path) -> None:
    """Return when everything is compiled. The first who asks does it; it fails for everybody who asks."""
    made = folder / "compiled"
    with (folder / "compiling").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            subprocess.run([sys.executable, *WARM], check=True)
            made.touch()


if __name__ == "__main__":
    once(Path(sys.argv[1]))
