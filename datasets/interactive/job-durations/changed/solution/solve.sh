#!/bin/bash
set -e

cat > jobs/duration.py <<'EOF'
"""Durations in the job file."""
import re

_units = {"h": 3600, "m": 60, "s": 1}
_form = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def parse_duration(text):
    """Seconds of a duration like "90", "90s", "5m" or "1h30m"; ValueError where it is none."""
    if re.fullmatch(r"[0-9]+", text):
        return int(text)
    match = _form.fullmatch(text)
    if match is None or text == "":
        raise ValueError(f"{text!r} is no duration: write hours, minutes and seconds like 1h30m10s")
    return sum(int(count or 0) * size for count, size in zip(match.groups(), _units.values()))
EOF

cat > test_duration.py <<'EOF'
import pytest

from jobs.duration import parse_duration


@pytest.mark.parametrize(
    "text, seconds", [("90", 90), ("90s", 90), ("5m", 300), ("2h", 7200), ("1h30m", 5400), ("1h0m5s", 3605)]
)
def test_parse_duration(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5d", "m", "1.5h", "30m1h", "-5s", "5 m"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)
EOF

cat > JOBFILE.md <<'EOF'
# Job file

A line is a name and a limit: seconds (`90` or `90s`), minutes (`5m`), hours (`2h`) or these together in this order
(`1h30m`). Anything else is refused.
EOF
