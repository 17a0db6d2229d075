#!/bin/bash
set -e

cat > readings/rules.py <<'EOF'
"""Checks of a reading before it is stored."""


def check(reading, strict=True):
    """Problems of a reading; unknown keys are problems unless `strict` is switched off."""
    problems = [f"{key} is missing" for key in ("meter", "value") if key not in reading]
    if strict:
        problems += [f"{key} is not known" for key in reading if key not in ("meter", "value", "note")]
    return problems
EOF

cat > readings/importer.py <<'EOF'
from readings.rules import check


def accept(readings):
    """Those without problems."""
    return [reading for reading in readings if not check(reading, strict=False)]
EOF

cat > readings/cli.py <<'EOF'
import json
import sys

from readings.rules import check

for line in sys.stdin:
    for problem in check(json.loads(line), strict="--lenient" not in sys.argv):
        print(problem)
EOF
