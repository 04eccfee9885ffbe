"""A portal that really runs, a browser, and people who use it. Skips where Chromium is missing."""

import shutil

# The browser's event loop runs as long as the fixture lives, and Django refuses the database beside it: the scope is
# the package, so that it has ended before the next test elsewhere.
import pytest

from tests.journeys.people import Person
from tests.journeys.stack import Stack, own_database
from tests.long.rig import Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
PATIENCE = 20_000  # milliseconds until the browser gives up waiting for what it expects


@pytest.fixture(scope="package")
def template(made_tables, django_db_blocker):
    """The database to copy, asked for before the browser's event loop runs."""
    if not CHROMIUM:
        pytest.skip("no Chromium is installed")
    with django_db_blocker.unblock():
        return made_tables.name()


@pytest.fixture(scope="package")
def chromium(template):
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=PATIENCE)
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def portal(chromium, template, made_tables, tmp_path_factory):
    """One instance for all journeys; each of them keeps to records of its own."""
    server = Server()
    with own_database(server, template) as database:
        stack = Stack(tmp_path_factory.mktemp("journeys"), server, database, made_tables.folder)
        with stack.running():
            yield stack


@pytest.fixture(scope="package")
def sessions(portal):
    """The cookies of everybody who has signed in: who comes again in another test is still signed in."""
    return {}


@pytest.fixture
def people(chromium, portal, sessions):
    """`people("miit")` is that person at a desk, signed in; `people(None)` a visitor. Nobody may have complaints.

    `anew` signs the person in at another device, in a session of its own.
    """
    present: list[Person] = []

    def arrive(role, *, anew=False, **options):
        person = Person(chromium, portal.url, **options)
        person.context.set_default_timeout(PATIENCE)
        present.append(person)
        if role in sessions and not anew:
            person.context.add_cookies(sessions[role])
        elif role:
            person.sign_in(portal.facts["names"][role])
            sessions[role] = person.context.cookies()
        return person

    yield arrive
    for person in present:
        person.context.close()
    assert [line for person in present for line in person.complaints] == []
