"""Fixtures of the whole suite: reference data once per database, and the fixed cast."""

import gc
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from matchmaking.accounts.enums import OrganisationKind, Role
from tests import emptying, spreading, tables
from tests.factories.accounts import OrganisationFactory, UserFactory, member, region

HISTORY = ("activity_entry", "activity_unsealed", "activity_seal", "activity_anchor")


def pytest_addoption(parser):
    group = parser.getgroup("faults", "the harnesses in tests/long")
    group.addoption("--faults", type=int, default=20, help="faults to cause; 200 for the full form")
    group.addoption("--seed", type=int, default=7, help="decides which faults come, in which order and when")
    group.addoption("--workload", default="portal", choices=["ledger", "matching", "portal"], help="what is posted")
    group.addoption("--files", type=int, default=24, help="broken files to upload; 5000 for the full form")
    group.addoption("--books", type=int, default=16, help="workbooks whose rows are counted; 1000 for the full form")
    group.addoption("--principals", default="few", help="who crawls for canaries: names with commas, few, or all")
    group.addoption(
        "--addresses", type=int, default=45, help="addresses for each who crawls for canaries; 0: all, in full"
    )
    group.addoption(
        "--cells", default="", choices=["", "few", "all"], help="of the matrix; all where its file is named, else few"
    )
    group.addoption("--races", type=int, default=52, help="races of two people; 1000 for the full form")
    group.addoption("--revocations", type=int, default=40, help="rights that end; 200 for the full form")
    group.addoption("--worlds", type=int, default=3, help="worlds that change between runs; 30 for the full form")


def pytest_configure(config):
    tables.begin(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    tables.tell(node)


def pytest_collection_finish(session):
    """What was imported stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config):
    tables.end(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return spreading.Spreading(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_terminal_summary(terminalreporter):
    """What the harnesses measured: a process of a parallel run has no terminal of its own to print it on."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "figures" and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {value}")


@pytest.fixture(scope="session")
def made_tables(pytestconfig):
    """`made_tables.name()` is the database of the whole run that holds only the tables, for copies."""
    return pytestconfig.stash[tables.TABLES]


@pytest.fixture(scope="session")
def copied_tables(made_tables, django_db_keepdb, django_db_createdb, django_db_modify_db_settings, django_db_blocker):
    """The database of these tests begins as a copy, and migrating it finds nothing to do."""
    if django_db_keepdb and not django_db_createdb:
        return
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = made_tables.name()


@pytest.fixture(scope="session")
def django_db_setup(copied_tables, django_db_setup, django_db_blocker):
    """Load the vocabularies and programmes once; let the suite empty the append-only history between tests."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            for table in (*HISTORY, "intake_recordversion"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate")
        load_reference_data()
        emptying.begin()


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path_factory):
    """Keep the mapped files of each process of a parallel run apart: some tests spoil them. Anchors belong to the
    history of one test, which its end undoes.
    """
    settings.MATCH_INDEX_DIR = tmp_path_factory.getbasetemp() / "indexes"
    settings.ANCHOR_DIRS = [tmp_path_factory.getbasetemp() / "anchors" / uuid4().hex]


def load_reference_data() -> None:
    """Fill the tables that migrations and commands fill, as far as they are empty."""
    restore_transitions()
    call_command("load_vocabularies", verbosity=0)
    call_command("load_programmes", verbosity=0)


def restore_transitions() -> None:
    """Write the legal moves again, which a migration wrote and the flush after a committing test removes."""
    from importlib import import_module

    from matchmaking.vocabularies.models import StateTransition

    if StateTransition.objects.exists():
        return
    flows = [
        "matchmaking.accounts",
        "matchmaking.accounts.mandates",
        "catalog",
        "needs",
        "needs.talent",
        "experts",
        "experts.teams",
        "matchmaking.intake",
        "matchmaking.matching",
    ]
    for module in (import_module(f"{name}.workflow") for name in flows):
        for workflow in vars(module).values():
            if type(workflow).__name__ == "Workflow":
                StateTransition.objects.bulk_create(
                    StateTransition(noun=workflow.noun, source=source, target=target)
                    for source, target in workflow.pairs
                )


@pytest.fixture
def restore_reference_data(transactional_db):
    """For tests that commit: the flush after such a test empties every table, so fill them again before the next."""
    load_reference_data()


@pytest.fixture
def refusals_in_full_once(monkeypatch):
    """A reader gets the page of a refusal whole the first time; it is the same page at the other two hundred routes."""
    from django.http import HttpResponse
    from django.views import defaults

    for status, page in ((403, defaults.permission_denied), (404, defaults.page_not_found)):
        whole = []

        def refuse(request, exception, status=status, page=page, whole=whole):
            if whole:
                return HttpResponse(status=status)
            whole.append(page(request, exception))
            return whole[0]

        monkeypatch.setattr(f"django.conf.urls.handler{status}", refuse)


# --- The fixed cast: two regions (Jiangsu, Shandong), two universities, two enterprises, and one of every role --------


@pytest.fixture
def login():
    """`login(user)` gives a client signed in as that person; `login(None)` an anonymous one."""
    from django.test import Client

    def signed_in(user=None):
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def university(db):
    return OrganisationFactory(name="测试大学甲", kind=OrganisationKind.UNIVERSITY)


@pytest.fixture
def other_university(db):
    return OrganisationFactory(name="测试大学乙", kind=OrganisationKind.UNIVERSITY, region=region("37"))


@pytest.fixture
def park(db):
    return OrganisationFactory(name="测试高新区", kind=OrganisationKind.PARK_HITECH)


@pytest.fixture
def enterprise(park):
    """A tenant of the park."""
    return OrganisationFactory(name="测试企业甲", park=park)


@pytest.fixture
def other_enterprise(db):
    """In the other region and in no park."""
    return OrganisationFactory(name="测试企业乙", region=region("37"))


@pytest.fixture
def university_officer(university):
    return member(university, Role.UNIVERSITY_OFFICER, username="university_officer", full_name="成果专员甲")


@pytest.fixture
def other_university_officer(other_university):
    return member(
        other_university, Role.UNIVERSITY_OFFICER, username="other_university_officer", full_name="成果专员乙"
    )


@pytest.fixture
def researcher(university):
    return member(university, Role.RESEARCHER, username="researcher", full_name="项目负责人甲")


@pytest.fixture
def enterprise_lead(enterprise):
    return member(enterprise, Role.ENTERPRISE_OWNER, username="enterprise_lead", full_name="企业负责人甲")


@pytest.fixture
def other_enterprise_lead(other_enterprise):
    return member(other_enterprise, Role.ENTERPRISE_OWNER, username="other_enterprise_lead", full_name="企业负责人乙")


@pytest.fixture
def park_admin(park):
    return member(park, Role.PARK_ADMIN, username="park_admin", full_name="园区管理员甲")


def _regional_officer(kind: str, place: str, username: str):
    department = OrganisationFactory(name=f"测试厅局{place}{kind}", kind=kind, region=region(place))
    return member(department, Role.REGIONAL_OFFICER, username=username, full_name=f"主管人员{place}{kind}")


@pytest.fixture
def regional_officer_miit(db):
    return _regional_officer(OrganisationKind.DEPT_MIIT, "32", "regional_officer_miit")


@pytest.fixture
def regional_officer_edu(db):
    return _regional_officer(OrganisationKind.DEPT_EDU, "32", "regional_officer_edu")


@pytest.fixture
def regional_officer_sti(db):
    return _regional_officer(OrganisationKind.DEPT_STI, "32", "regional_officer_sti")


@pytest.fixture
def other_regional_officer_edu(db):
    """The education department of the other region."""
    return _regional_officer(OrganisationKind.DEPT_EDU, "37", "other_regional_officer_edu")


@pytest.fixture
def other_regional_officer_miit(db):
    return _regional_officer(OrganisationKind.DEPT_MIIT, "37", "other_regional_officer_miit")


@pytest.fixture
def national_officer(db):
    body = OrganisationFactory(name="测试国家部门", kind=OrganisationKind.NATIONAL, region=None)
    return member(body, Role.NATIONAL_OFFICER, username="national_officer", full_name="国家主管甲")


@pytest.fixture
def secretary(db):
    office = OrganisationFactory(name="测试秘书处", kind=OrganisationKind.OPERATOR, region=None)
    return member(office, Role.SECRETARY, username="secretary", full_name="秘书处甲")


@pytest.fixture
def expert_user(university):
    return member(university, Role.EXPERT, username="expert_user", full_name="专家甲")


@pytest.fixture
def broker(db):
    firm = OrganisationFactory(name="测试中介机构", kind=OrganisationKind.BROKER)
    return member(firm, Role.BROKER, username="broker", full_name="技术经理人甲")


@pytest.fixture
def support_officer(db):
    body = OrganisationFactory(name="测试支持单位", kind=OrganisationKind.SUPPORT, region=None)
    return member(body, Role.SUPPORT_OFFICER, username="support_officer", full_name="支持单位人员甲")


@pytest.fixture
def regional_officer_ip(db):
    return _regional_officer(OrganisationKind.DEPT_IP, "32", "regional_officer_ip")


@pytest.fixture
def make_administrator(secretary):
    """Makes one of the three administrators of the system, appointed in the operator's organisation."""

    def make(role: Role):
        return member(secretary.memberships.get().organisation, role, username=role.value, full_name=f"管理员{role}")

    return make


@pytest.fixture
def stranger(db):
    """Signed in, but without a role anywhere."""
    return UserFactory(username="stranger", full_name="路人甲")
