import json
import subprocess
from pathlib import Path

EXPECTED = [
    ["Nordkai", "2025-03-01T06:00:00", 412],
    ["Nordkai", "2025-03-01T07:00:00", None],
    ["Südhafen", "2025-03-01T06:00:00", 398],
    ["Südhafen", "2025-03-01T07:00:00", 401],
    ['Wehr "Alt"', "2025-03-01T06:00:00", 87],
]


def readings(path):
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    parsed = [json.loads(line) for line in lines]
    assert all(list(reading) == ["station", "taken_at", "level_cm"] for reading in parsed)
    return [list(reading.values()) for reading in parsed]


def test_the_file_is_there():
    assert readings("/app/out/readings.jsonl") == EXPECTED
    assert "Südhafen" in Path("/app/out/readings.jsonl").read_text(encoding="utf-8")


def test_nothing_of_the_first_format_is_left():
    assert list(Path("/app").rglob("*.xml")) == []
    assert "xml" not in Path("/app/export.py").read_text().lower()


def test_the_program_makes_it_of_other_readings(tmp_path):
    (tmp_path / "readings.csv").write_text("station,taken_at,level_cm\nX & Y,2025-01-01T00:00:00,5\n")
    subprocess.run(["python3", "/app/export.py"], cwd=tmp_path, check=True, timeout=30)
    assert readings(tmp_path / "out/readings.jsonl") == [["X & Y", "2025-01-01T00:00:00", 5]]


def test_the_format_is_described():
    text = Path("/app/FORMAT.md").read_text()
    assert "level_cm" in text and "levelCm" not in text
