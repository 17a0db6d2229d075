from jobs.duration import parse_duration


def load(lines):
    """Jobs of lines like "backup 90": name and limit in seconds."""
    jobs = {}
    for line in lines:
        name, limit = line.split()
        jobs[name] = parse_duration(limit)
    return jobs
