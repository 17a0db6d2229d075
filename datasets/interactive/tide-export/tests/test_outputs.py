import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

EXPECTED = [
    {"station": "Nordkai", "takenAt": "2025-03-01T06:00:00", "levelCm": "412"},
    {"station": "Nordkai", "takenAt": "2025-03-01T07:00:00"},
    {"station": "Südhafen", "takenAt": "2025-03-01T06:00:00", "levelCm": "398"},
    {"station": "Südhafen", "takenAt": "2025-03-01T07:00:00", "levelCm": "401"},
    {"station": 'Wehr "Alt"', "takenAt": "2025-03-01T06:00:00", "levelCm": "87"},
]


def readings(path):
    root = ET.parse(path).getroot()
    assert root.tag == "readings"
    return [dict(child.attrib) for child in root]


def test_the_file_is_there():
    assert readings("/app/out/readings.xml") == EXPECTED


def test_the_program_makes_it_of_other_readings(tmp_path):
    (tmp_path / "readings.csv").write_text("station,taken_at,level_cm\nX & Y,2025-01-01T00:00:00,5\n")
    subprocess.run(["python3", "/app/export.py"], cwd=tmp_path, check=True, timeout=30)
    assert readings(tmp_path / "out/readings.xml") == [
        {"station": "X & Y", "takenAt": "2025-01-01T00:00:00", "levelCm": "5"}
    ]


def test_the_format_is_described():
    assert "levelCm" in Path("/app/FORMAT.md").read_text()
