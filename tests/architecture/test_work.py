"""Runs, queues and jobs fit together: the paths are text, so nothing else would notice."""

import subprocess
import sys
from pathlib import Path

import pytest
from rq.utils import import_attribute

from jobs.schedule import TABLE
from webapp.queue import JOBS, QUEUES, SCHEDULE
from webapp.statuses import RunKind

ROOT = Path(__file__).parents[2]


def test_every_kind_of_run_has_a_job() -> None:
    assert set(JOBS) == set(RunKind)


def test_every_job_path_leads_to_a_function() -> None:
    for kind, job in JOBS.items():
        assert callable(import_attribute(job.path)), f"{kind}: {job.path}"


def test_every_queue_in_use_is_a_known_one() -> None:
    assert {job.queue for job in JOBS.values()} | {SCHEDULE} == set(QUEUES)


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_has_a_worker_and_the_documents_say_so(queue: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "jobs.worker", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert queue in found.stdout
    assert f"python -m jobs.worker {queue}" in (ROOT / "docs" / "operations.md").read_text()


def test_everything_on_the_schedule_can_be_found_by_a_worker() -> None:
    assert TABLE
    for entry in TABLE:
        assert import_attribute(f"{entry.job.__module__}.{entry.job.__qualname__}") is entry.job
        assert entry.timeout
