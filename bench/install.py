"""Size of the installation: the runtime packages and the test and check tools, in MB (10^6 bytes) without byte code.

    python bench/install.py [--above 30]

Sizes come from the list of files every installed distribution keeps. A directory beside a package that holds its
bundled libraries (numpy.libs) counts with it.
"""

from __future__ import annotations

import argparse
import re
from importlib import metadata

from platform_ import ROOT, report

MB = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--above", type=int, default=30, help="list every package of at least so many MB")
    chosen = parser.parse_args()
    runtime = pinned("requirements.txt")
    tools = pinned("requirements-dev.txt") - runtime
    sizes = {name: size(name) for name in runtime | tools}
    known = {name: found for name, found in sizes.items() if found is not None}
    large = {name: megabytes(known[name]) for name in sorted(runtime & set(known), key=lambda name: -known[name])
             if known[name] >= chosen.above * MB}  # fmt: skip
    for name, number in large.items():
        print(f"{name:30} {number:6.1f} MB")
    report(
        "install",
        runtime_packages=len(runtime & set(known)),
        runtime_mb=megabytes(sum(known[name] for name in runtime & set(known))),
        large=large,
        tool_packages=len(tools & set(known)),
        tools_mb=megabytes(sum(known[name] for name in tools & set(known))),
        not_installed=sorted(name for name, found in sizes.items() if found is None),
    )


def pinned(file: str) -> set[str]:
    """The names in a locked requirements file."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {match[1].lower() for line in lines if (match := re.match(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==", line))}


def size(name: str) -> int | None:
    """Bytes of all files of a distribution, byte code left out; None when it is not installed."""
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        return None
    paths = [file.locate() for file in files if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.is_file())


def megabytes(count: int) -> float:
    return round(count / MB, 1)


if __name__ == "__main__":
    main()
