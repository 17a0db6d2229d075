import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, "/app")
from jobs.duration import parse_duration
from jobs.load import load


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("90", 90), ("90s", 90), ("5m", 300), ("2h", 7200), ("1h30m", 5400), ("1h5s", 3605),
        ("10m30s", 630), ("1h2m3s", 3723), ("0", 0),
    ],
)
def test_forms(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5d", "h", "1.5h", "30m1h", "1h1h", "-5s", "5 m", "5m!"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError):
        parse_duration(text)


def test_the_message_names_the_text():
    with pytest.raises(ValueError, match="7weeks"):
        parse_duration("7weeks")


def test_job_file():
    assert load(["backup 1h30m", "sweep 30"]) == {"backup": 5400, "sweep": 30}


def test_its_own_tests_pass_and_know_hours():
    subprocess.run(["python3", "-m", "pytest", "-q", "test_duration.py"], cwd="/app", check=True, timeout=60)
    assert "1h30m" in Path("/app/test_duration.py").read_text()


def test_it_is_described():
    assert "1h30m" in Path("/app/JOBFILE.md").read_text()
