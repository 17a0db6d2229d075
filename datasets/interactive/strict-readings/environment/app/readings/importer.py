from readings.rules import check


def accept(readings):
    """Those without problems."""
    return [reading for reading in readings if not check(reading)]
