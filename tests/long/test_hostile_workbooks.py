"""Uploads that mean harm or were broken on the way: each is refused with a sentence or imported whole.

`./portal test tests/long/test_hostile_workbooks.py --files 5000 --books 1000 --seed 7` is the full form; without the
options a short one runs. Every file goes the whole way of an upload: the page takes it, the job checks it in the
bounded process, the page shows the result, and what can be committed is committed. A failure names
its file, seed included. The files go in parts, so that the cores share them.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from catalog.models import Achievement
from matchmaking.common.spreadsheet import reader
from matchmaking.intake.models import BatchState, ImportBatch, RowGroup
from matchmaking.intake.refusals import sentence_of
from matchmaking.intake.services.mending import answer_all_new
from matchmaking.jobs.runner import run_due_jobs
from matchmaking.programmes.selectors import current_programmes
from tests.hostile import CORPUS
from tests.long.mutating import book, mutant

pytestmark = pytest.mark.django_db
MEGABYTES = 300
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PARTS = 4
ROWS = [group for group in RowGroup.values if group != RowGroup.MISSING]


class Way:
    """The way of one file through the portal, as an officer of a university sends it."""

    def __init__(self, client, person, peaks: Path, began_with: int) -> None:
        self.client, self.person, self.peaks, self.began_with = client, person, peaks, began_with
        self.outcomes: Counter[str] = Counter()
        self.slowest = 0.0

    def go(self, name: str, data: bytes, what: str) -> ImportBatch | None:
        """Upload, check, look, commit, look. Everything is taken back, so that no file meets what another left."""
        began = time.monotonic()
        mark = transaction.savepoint()  # not a block: the chunks of a job are durable
        batch = self._send(name, data, what)
        if batch is not None:
            run_due_jobs()
            batch = self._look(batch, what)
            if batch.state == BatchState.CHECKED:
                self._commit(batch, what)
            Path(batch.file.file.path).unlink(missing_ok=True)
        transaction.savepoint_rollback(mark)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.outcomes[batch.state if batch else "not taken"] += 1
        return batch

    def _send(self, name: str, data: bytes, what: str) -> ImportBatch | None:
        fields = {"programme": current_programmes().first().pk, "file": SimpleUploadedFile(name, data)}
        answer = self.client.post(reverse("imports:new", args=["achievement"]), fields)
        assert answer.status_code < 500, what
        if answer.status_code == 302:
            return ImportBatch.objects.latest("pk")
        assert CHINESE.search(str(answer.context["form"].errors["file"])), what
        return None

    def _look(self, batch: ImportBatch, what: str) -> ImportBatch:
        page = self.client.get(reverse("imports:detail", args=[batch.uuid]), follow=True)
        assert page.status_code == 200, what
        batch.refresh_from_db()
        assert batch.state in (BatchState.CHECKED, BatchState.REFUSED, BatchState.MAPPING, BatchState.COMMITTED), what
        if batch.state == BatchState.REFUSED:
            assert CHINESE.search(str(sentence_of(batch.refusal))), what
        return batch

    def _commit(self, batch: ImportBatch, what: str) -> None:
        """Every row that the check called good is written, and no other; or nothing at all."""
        before = set(Achievement.objects.values_list("pk", flat=True))
        if batch.counts.get("questions"):
            answer_all_new(by=self.person, batch=batch, version=batch.version)
            batch.refresh_from_db()
        expected = batch.counts.get(RowGroup.NEW, 0)
        form = {"version": batch.version, "leave_out_invalid": "on"}
        assert self.client.post(reverse("imports:commit", args=[batch.uuid]), form).status_code < 500, what
        run_due_jobs()
        self._look(batch, what)
        made = set(Achievement.objects.values_list("pk", flat=True)) - before
        assert len(made) == (expected if batch.state == BatchState.COMMITTED else 0), what
        assert batch.state == BatchState.COMMITTED or not expected, what


def memory(name: str) -> int:
    """VmHWM (the most so far) or VmRSS (now) of this process, in megabytes."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0]) // 1024


@pytest.fixture
def peaks(monkeypatch, tmp_path) -> Path:
    """A file to which each reading process writes its peak. (What the kernel counts for children begins with us.)"""
    path = tmp_path / "peaks"
    path.touch()
    say = (
        "open(os.environ['PEAKS'], 'a').write(open('/proc/self/status').read().split('VmHWM:')[1].split()[0] + chr(10))"
    )
    end = "raise SystemExit(main(sys.argv[2]))"
    start = reader._START.replace(end, f"import os; ended = main(sys.argv[2]); {say}; raise SystemExit(ended)")
    assert start != reader._START
    monkeypatch.setattr(reader, "_START", start)
    monkeypatch.setattr(reader, "_ENVIRONMENT", reader._ENVIRONMENT | {"PEAKS": str(path)})
    return path


@pytest.fixture
def way(login, university_officer, peaks) -> Way:
    client = login(university_officer)
    client.get("/")  # the first page loads templates, translations, vocabularies
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now
    return Way(client, university_officer, peaks, memory("VmRSS"))


@pytest.fixture
def figures(way, record_property):
    """`figures(files=3)` ends a test: what was measured, for the summary, and the limits of memory."""
    return lambda **more: measured(way, record_property, **more)


def measured(way: Way, record_property: Callable[[str, object], None], **more: object) -> None:
    reading = max([int(line) // 1024 for line in way.peaks.read_text().split()], default=0)
    grown = memory("VmHWM") - way.began_with
    record_property("figures", json.dumps({"outcomes": dict(way.outcomes), "slowest_seconds": round(way.slowest, 1),
                      "peak_mb_reading": reading, "worker_grew_mb": grown, **more}, ensure_ascii=False))  # fmt: skip
    assert reading <= MEGABYTES
    assert grown <= MEGABYTES


def test_the_hostile_corpus_goes_the_whole_way(way, request, figures):
    """All classes of the corpus; the short form takes every third, each run of the suite the same."""
    whole = request.config.getoption("--files") >= 1_000
    names = list(CORPUS) if whole else list(CORPUS)[::3]
    for name in names:
        case = CORPUS[name]
        batch = way.go(case.file, case.make(), name)
        if batch is not None and batch.state == BatchState.REFUSED:
            code = batch.refusal["code"]
            assert code in case.refused or (code in ("no_rows", "no_heading") and case.may_be_read), name
    figures(cases=len(names))


@pytest.mark.parametrize("part", range(PARTS))
def test_broken_files_are_refused_or_imported_whole(way, request, figures, part):
    seed, files = request.config.getoption("--seed"), request.config.getoption("--files")
    numbers = range(part, files, PARTS)
    for number in numbers:
        name, data = mutant(seed * 1_000_000 + number)
        way.go(name, data, f"mutant {seed * 1_000_000 + number}")
    figures(seed=seed, files=len(numbers))


@pytest.mark.parametrize("part", range(PARTS))
def test_every_row_of_a_file_is_accounted_for(way, request, figures, part):
    """Rows of the file = imported + rejected + blank (with title, heading and notes), whatever the file pretends."""
    seed, books = request.config.getoption("--seed"), request.config.getoption("--books")
    rows = 0
    numbers = range(part, books, PARTS)
    for number in numbers:
        made = book(seed * 1_000_000 + number)
        batch = way.go("成果.xlsx", made.data, f"book {seed * 1_000_000 + number}")
        assert batch is not None
        assert batch.state in (BatchState.CHECKED, BatchState.COMMITTED), (number, batch.state, batch.refusal)
        counts = batch.counts
        data = sum(counts.get(group, 0) for group in ROWS)
        assert data == made.rows, (number, counts)
        assert counts["read"] == data + counts["blank"] + counts["above"] + counts["notes"], (number, counts)
        rows += data
    figures(seed=seed, books=len(numbers), rows=rows)
