"""`./portal down`, `status` and `logs`: what one asks of a running instance from outside."""

from __future__ import annotations

import json
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matchmaking.devstack import process
from matchmaking.devstack.console import DevstackError, say, tail
from matchmaking.devstack.layout import Layout, holder_of


def down(layout: Layout) -> int:
    """Stop the instance and wait until it has let go of its data directory."""
    holder = holder_of(layout)
    if holder is None:
        say(f"Nothing runs on {layout.data}.")
        return 0
    if holder["what"] != "up" or not holder["pid"]:
        raise DevstackError(f"{layout.data} is in use by “portal {holder['what']}” (process {holder['pid']}).")
    process.send(holder["pid"], signal.SIGTERM)
    deadline = time.monotonic() + 60
    while holder_of(layout) is not None:
        if time.monotonic() > deadline:
            raise DevstackError(f"Process {holder['pid']} does not stop; see {layout.log / 'up.log'}.")
        time.sleep(0.1)
    say(f"Stopped what ran on {layout.data}.")
    return 0


def state_of(layout: Layout) -> dict[str, Any]:
    """What runs: `running`, and when it does `url`, `ready`, `pid` and the processes with their age in seconds."""
    holder = holder_of(layout)
    state = (layout.recall("instance") or {}) if holder and holder["what"] == "up" else {}
    now = time.time()
    processes = [
        {
            "name": entry["name"],
            "pid": entry["pid"],
            "alive": bool(entry["pid"]) and process.is_alive(entry["pid"]),
            "seconds": round(now - entry["since"]),
            "restarts": entry["restarts"],
        }
        for entry in state.get("processes", [])
    ]
    return {
        "running": bool(state),
        "ready": bool(state.get("ready")),
        "url": state.get("url"),
        "pid": state.get("pid"),
        "data": str(layout.data),
        "processes": processes,
    }


def status(layout: Layout, *, as_json: bool) -> int:
    """Print what runs; exit code 0 when the instance is ready, else 1."""
    state = state_of(layout)
    if as_json:
        say(json.dumps(state, ensure_ascii=False))
    elif not state["running"]:
        say(f"Nothing runs on {layout.data}.")
    else:
        say(f"{state['url']}  {'ready' if state['ready'] else 'starting'}, data in {state['data']}")
        for entry in state["processes"]:
            since = datetime.fromtimestamp(time.time() - entry["seconds"], UTC).astimezone()
            health = f"since {since:%Y-%m-%d %H:%M:%S}" if entry["alive"] else "waiting for its restart"
            say(f"  {entry['name']:<11} {entry['pid'] or '-':>8}  {health}, restarted {entry['restarts']} times")
    return 0 if state["ready"] else 1


def logs(layout: Layout, name: str | None, *, follow: bool) -> int:
    """Print the end of one log or of all, and go on with new lines when asked to."""
    paths = sorted(layout.log.glob("*.log"))
    if name:
        paths = [path for path in paths if path.stem == name]
    if not paths:
        known = ", ".join(path.stem for path in sorted(layout.log.glob("*.log")))
        raise DevstackError(f"There is no such log; there are: {known or 'none yet'}.")
    for path in paths:
        for line in tail(path, 100 if name else 10).splitlines():
            say(_labelled(path, line, len(paths)))
    if follow:
        _follow(paths)
    return 0


def _labelled(path: Path, line: str, count: int) -> str:
    return line if count == 1 else f"{path.stem:<11}| {line}"


def _follow(paths: list[Path]) -> None:
    """Print what is added to the logs until Ctrl-C; a log that was put aside is read from its new beginning."""
    seen = {path: path.stat().st_size for path in paths}
    while True:
        for path in paths:
            size = path.stat().st_size if path.exists() else 0
            if size < seen[path]:
                seen[path] = 0
            if size > seen[path]:
                with path.open("rb") as handle:
                    handle.seek(seen[path])
                    added = handle.read(size - seen[path])
                # Half a line is left for the next look.
                whole = added[: added.rfind(b"\n") + 1] if b"\n" in added else b""
                seen[path] += len(whole)
                for line in whole.decode("utf-8", "replace").splitlines():
                    say(_labelled(path, line, len(paths)))
        time.sleep(0.3)
