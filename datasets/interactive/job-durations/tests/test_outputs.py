import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, "/app")
from jobs.duration import parse_duration
from jobs.load import load


@pytest.mark.parametrize("text, seconds", [("90", 90), ("90s", 90), ("5m", 300), ("0m", 0)])
def test_forms(text, seconds):
    assert parse_duration(text) == seconds


def test_job_file():
    assert load(["backup 5m", "sweep 30"]) == {"backup": 300, "sweep": 30}


def test_its_own_tests_pass():
    subprocess.run(["python3", "-m", "pytest", "-q", "test_duration.py"], cwd="/app", check=True, timeout=60)


def test_it_is_described():
    assert "5m" in Path("/app/JOBFILE.md").read_text()
