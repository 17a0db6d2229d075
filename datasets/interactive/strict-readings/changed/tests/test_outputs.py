import subprocess
import sys
from pathlib import Path

sys.path.insert(0, "/app")
from readings.rules import check

PACKAGE = Path("/app/readings")
BEFORE = Path("/tests/readings")


def test_the_code_is_as_it_was():
    files = sorted(path.name for path in PACKAGE.iterdir() if path.name != "__pycache__")
    assert files == sorted(path.name for path in BEFORE.iterdir())
    for path in BEFORE.iterdir():
        assert (PACKAGE / path.name).read_bytes() == path.read_bytes(), path.name


def test_it_does_what_it_did():
    extra = {"meter": "M1", "value": 3, "colour": "red"}
    assert (check(extra), check(extra, strict=True)) == ([], ["colour is not known"])


def test_the_document_says_how_it_is():
    text = " ".join(Path("/app/docs/strict.md").read_text().split())
    assert "strict=False" in text and "strict=True" in text
    assert "default" in text.lower()


def test_the_rest_of_the_documentation_is_as_it_was():
    assert sorted(path.name for path in Path("/app/docs").iterdir()) == ["index.md", "strict.md"]
    assert Path("/app/docs/index.md").read_text() == "# Readings\n\nReadings are checked before they are stored.\n"
