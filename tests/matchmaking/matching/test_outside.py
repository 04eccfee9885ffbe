"""The encoder from outside in the runs of the platform: used where it is configured, and never needed."""

import pytest

from matchmaking.engine import model as models
from matchmaking.jobs.runner import run
from matchmaking.matching import beside, outside, snapshot
from matchmaking.matching.enums import RunScope
from matchmaking.matching.models import Candidate
from matchmaking.matching.services import runs
from tests.factories.catalog import AchievementFactory
from tests.factories.needs import make_need
from tests.matchmaking.engine.outside import onnx_folder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten(settings, tmp_path):
    """What a process holds belongs to the test before; vectors are remembered in the test's own folder."""
    settings.DATA_DIR = tmp_path / "data"
    held = (outside._opened, snapshot._read_model, beside._model_at_once, snapshot._pool)
    yield
    for one in held:
        one.cache_clear()


@pytest.fixture
def need(enterprise, enterprise_lead, university, researcher):
    for title in ("Steel coating against rust 叶片裂纹", "Straw for soil 叶片", "Paint adhesion 裂纹检测"):
        AchievementFactory(
            state="accepted", title=title, body__owner=university, body__created_by=researcher
        )  # fmt: skip
    return make_need(enterprise, enterprise_lead)


def carried_out(**scope):
    started = runs.start_run(by=None, **scope)
    run(started.job_id)
    started.refresh_from_db()
    return started


def signals(run):
    found = Candidate.objects.filter(run=run)
    assert found.exists()
    return {reason["signal"] for candidate in found for reason in candidate.reasons}


def test_a_run_reads_by_the_encoder_that_is_configured(need, settings, tmp_path):
    settings.MATCH_ENCODER = f"onnx:{onnx_folder(tmp_path / 'tiny')}"
    done = carried_out(scope=RunScope.ALL)
    assert "outside" in signals(done)
    assert done.error_rows == []
    assert (settings.DATA_DIR / "match-encoder" / "vectors.sqlite3").is_file()


def test_the_best_pairs_are_read_again_by_the_cross_encoder_that_is_configured(need, settings, tmp_path):
    settings.MATCH_ENCODER = f"onnx:{onnx_folder(tmp_path / 'tiny')}"
    settings.MATCH_CROSS_ENCODER = f"onnx:{onnx_folder(tmp_path / 'pairs', pair=True)}"
    done = carried_out(scope=RunScope.ALL)
    assert {"outside", "second"} <= signals(done)
    assert done.error_rows == []


def test_a_run_goes_on_without_it_and_says_so(need, settings, tmp_path, client, secretary):
    settings.MATCH_ENCODER = f"onnx:{onnx_folder(tmp_path / 'tiny')}"
    carried_out(scope=RunScope.ALL)
    outside._opened.cache_clear()
    snapshot._read_model.cache_clear()
    (tmp_path / "tiny" / "model.onnx").unlink()
    done = carried_out(scope=RunScope.NEED, need=need)
    assert "outside" not in signals(done)
    assert [(row["warning"], "model.onnx" in row["detail"]) for row in done.error_rows] == [("encoder_missing", True)]
    client.force_login(secretary)
    assert "model.onnx" in client.get(done.get_absolute_url()).content.decode()


def test_without_a_configuration_nothing_is_opened_and_nothing_said(need, settings, monkeypatch):
    settings.MATCH_ENCODER = ""
    monkeypatch.setattr(outside, "_opened", None)
    done = carried_out(scope=RunScope.ALL)
    assert "outside" not in signals(done)
    assert done.error_rows == []


def test_an_answer_at_once_does_not_wait_for_it(need, settings, tmp_path, monkeypatch):
    settings.MATCH_ENCODER = f"onnx:{onnx_folder(tmp_path / 'tiny')}"
    version = carried_out(scope=RunScope.ALL).statistics
    snapshot._read_model.cache_clear()
    monkeypatch.setattr(outside, "_opened", None)
    assert beside.model_at_once(version.digest).outside is None


# --- A training that fails --------------------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch):
    """The training fails once there is anything to learn from."""
    monkeypatch.setattr(models, "LEAST_TEXTS", 1)
    monkeypatch.setattr(models, "train", lambda *_args, **_named: 1 / 0)


def test_a_first_run_goes_on_without_what_could_not_be_learned(need, failing, client, secretary):
    done = carried_out(scope=RunScope.ALL)
    assert Candidate.objects.filter(run=done).exists()
    assert [row["warning"] for row in done.error_rows] == ["training_failed"]
    client.force_login(secretary)
    assert "ZeroDivisionError" in client.get(done.get_absolute_url()).content.decode()


def test_what_was_learned_before_serves_on(need, settings, request):
    first = carried_out(scope=RunScope.ALL).statistics
    request.getfixturevalue("failing")
    settings.MATCH_FIT_HOURS = 0
    done = carried_out(scope=RunScope.ALL)
    assert done.statistics == first
    assert [row["warning"] for row in done.error_rows] == ["training_failed"]


def test_a_fit_that_takes_its_worker_with_it_is_not_tried_for_ever(need, settings, monkeypatch):
    fitted = []
    monkeypatch.setattr(models, "train", lambda *_args, **_named: fitted.append(1))
    monkeypatch.setattr(models, "LEAST_TEXTS", 1)
    started = runs.start_run(by=None, scope=RunScope.ALL)
    started.job.attempts = 3
    model = runs.fit_if_due(started, lambda: None)
    assert (model.encoder, fitted) == (None, [])
    runs.statistics_for(started, model)
    settings.MATCH_FIT_HOURS = 0
    again = runs.start_run(by=None, scope=RunScope.ALL)
    again.job.attempts = 3
    assert runs.fit_if_due(again, lambda: None) is None
