"""One database with the tables, made once and copied for each run of a rig."""

import time
from collections.abc import Iterator

import pytest

from tests.long.rig import Rig, Server, run_manage


@pytest.fixture(scope="session")
def server() -> Server:
    return Server()


@pytest.fixture(scope="session")
def template(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    name = f"faults_{time.time_ns()}"
    server.run(f'CREATE DATABASE "{name}"')
    try:
        run_manage(Rig(tmp_path_factory.mktemp("migrate"), server, name, ""), "migrate", "--noinput", "-v", "0")
        yield name
    finally:
        server.drop(name)
