"""An upload and its commit, as the tests of this folder use them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from matchmaking.intake.models import ImportBatch
from matchmaking.intake.services import imports
from matchmaking.jobs.runner import run_due_jobs
from tests.factories.programmes import programme


@pytest.fixture
def upload(university, university_officer):
    def uploaded(content: bytes, *, name="成果.xlsx", by=None, owner=None, check=True) -> ImportBatch:
        batch = imports.start_import(
            by=by or university_officer,
            kind="achievement",
            owner=owner or university,
            programme=programme(),
            upload=SimpleUploadedFile(name, content),
        )
        if check:
            run_due_jobs()
            batch.refresh_from_db()
        return batch

    return uploaded


@pytest.fixture
def commit(university_officer):
    def committed(batch: ImportBatch, *, by=None, **options) -> ImportBatch:
        imports.commit_batch(by=by or university_officer, batch=batch, version=batch.version, **options)
        run_due_jobs()
        batch.refresh_from_db()
        return batch

    return committed
