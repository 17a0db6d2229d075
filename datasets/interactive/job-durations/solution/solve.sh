#!/bin/bash
set -e

cat > jobs/duration.py <<'EOF'
"""Durations in the job file."""

_units = {"s": 1, "m": 60}


def parse_duration(text):
    """Seconds of a duration like "90", "90s" or "5m"."""
    if text[-1] in _units:
        return int(text[:-1]) * _units[text[-1]]
    return int(text)
EOF

cat > test_duration.py <<'EOF'
import pytest

from jobs.duration import parse_duration


@pytest.mark.parametrize("text, seconds", [("90", 90), ("90s", 90), ("5m", 300)])
def test_parse_duration(text, seconds):
    assert parse_duration(text) == seconds
EOF

cat > JOBFILE.md <<'EOF'
# Job file

A line is a name and a limit: seconds (`90` or `90s`) or minutes (`5m`).
EOF
