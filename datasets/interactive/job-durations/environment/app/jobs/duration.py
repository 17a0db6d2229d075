"""Durations in the job file."""


def parse_duration(text):
    """Seconds of a duration like "90"."""
    return int(text)
