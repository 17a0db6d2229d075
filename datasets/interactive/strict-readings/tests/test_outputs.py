import subprocess
import sys

sys.path.insert(0, "/app")
from readings.importer import accept
from readings.rules import check

EXTRA = {"meter": "M1", "value": 3, "colour": "red"}


def command(*options):
    line = '{"meter": "M1", "value": 3, "colour": "red"}\n'
    argv = ["python3", "-m", "readings.cli", *options]
    return subprocess.run(argv, cwd="/app", input=line, text=True, capture_output=True, check=True, timeout=30).stdout


def test_strict_is_the_default():
    assert check(EXTRA) == ["colour is not known"]
    assert check(EXTRA, strict=False) == []


def test_the_import_is_as_it_was():
    assert accept([EXTRA, {"meter": "M2"}]) == [EXTRA]


def test_the_command():
    assert command() == "colour is not known\n"
    assert command("--lenient") == ""
