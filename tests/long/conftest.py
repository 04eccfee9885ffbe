"""Databases for the rigs: one with the tables, one for each workload with what its posts need; runs get copies.
And what the walks of the matrix share.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.long.matrix.table import Table
from tests.long.rig import Poster, Rig, Server, run_manage
from tests.tables import Tables

MANY_FAULTS = 100  # as many as this are the full form


@pytest.fixture(scope="session")
def server() -> Server:
    return Server()


@contextmanager
def database(server: Server, template: str) -> Iterator[str]:
    name = f"faults_{time.time_ns()}"
    server.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        server.drop(name)


@pytest.fixture(scope="session")
def tables(
    server: Server, made_tables: Tables, django_db_blocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The tables of the product, and those of the workloads."""
    with django_db_blocker.unblock():
        template = made_tables.name()
    with database(server, template) as name:
        run_manage(Rig(tmp_path_factory.mktemp("migrate"), server, name, ""), "migrate", "--noinput", "-v", "0")
        yield name


@pytest.fixture(scope="session")
def prepared(pytestconfig: pytest.Config, server: Server, tables: str, tmp_path_factory: pytest.TempPathFactory):
    """`prepared(workload)` gives the database in which a workload can begin."""
    made: dict[str, str] = {}
    opened = []
    whole = {"FAULT_WHOLE_POOLS": "1"} if pytestconfig.getoption("--faults") >= MANY_FAULTS else {}

    def prepare(workload: str) -> str:
        if workload not in made:
            holder = database(server, tables)
            made[workload] = holder.__enter__()
            opened.append(holder)
            poster = Poster(Rig(tmp_path_factory.mktemp("prepare"), server, made[workload], workload, limits=whole))
            try:
                poster.ask("prepare")
            finally:
                poster.end()
        return made[workload]

    yield prepare
    for holder in opened:
        holder.__exit__(None, None, None)


@pytest.fixture(scope="module")
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether all cells are asked: this file was named, or `--cells all` said so."""
    asked = request.config.getoption("--cells")
    return asked == "all" or (not asked and any(request.path.name in one for one in request.config.args))


@pytest.fixture(scope="module")
def table(world) -> Table:
    """The declared matrix, for the people of the module's world."""
    return Table(world.people)
