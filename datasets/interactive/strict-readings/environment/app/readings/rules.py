"""Checks of a reading before it is stored."""


def check(reading, strict=False):
    """Problems of a reading; with `strict` unknown keys are problems, too."""
    problems = [f"{key} is missing" for key in ("meter", "value") if key not in reading]
    if strict:
        problems += [f"{key} is not known" for key in reading if key not in ("meter", "value", "note")]
    return problems
