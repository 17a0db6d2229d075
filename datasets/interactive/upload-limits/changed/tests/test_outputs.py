import re
from pathlib import Path

import pytest

CONFIG = Path("/app/config")
BEFORE = Path("/tests/config")
WANTED = [
    ("front.ini", "max_body_mb", "64"),
    ("front.ini", "timeout_s", "120"),
    ("worker.ini", "workers", "8"),
    ("worker.ini", "timeout_s", "120"),
    ("store.ini", "timeout_s", "30"),
]


def test_the_configuration_is_as_it_was():
    names = lambda folder: sorted(path.name for path in folder.iterdir())
    assert names(CONFIG) == names(BEFORE)
    for path in BEFORE.iterdir():
        assert (CONFIG / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("file, key, value", WANTED)
def test_the_proposal_names(file, key, value):
    lines = Path("/app/proposal.md").read_text().splitlines()
    assert any(file in line and re.search(rf"\b{key}\s*=\s*{value}\b", line) for line in lines)
