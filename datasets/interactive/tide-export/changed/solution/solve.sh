#!/bin/bash
set -e

cat > export.py <<'EOF'
"""Tide readings from CSV to JSON Lines."""
import csv
import json
from pathlib import Path

Path("out").mkdir(exist_ok=True)
with open("readings.csv", newline="") as file, open("out/readings.jsonl", "w") as out:
    for row in csv.DictReader(file):
        level = int(row["level_cm"]) if row["level_cm"] else None
        reading = {"station": row["station"], "taken_at": row["taken_at"], "level_cm": level}
        out.write(json.dumps(reading, ensure_ascii=False) + "\n")
EOF

rm -rf out
python3 export.py

cat > FORMAT.md <<'EOF'
# Format

`out/readings.jsonl`: one JSON object a line with `station`, `taken_at` and `level_cm` (a number, or null without a level),
in the order of the rows. UTF-8, not escaped.
EOF
