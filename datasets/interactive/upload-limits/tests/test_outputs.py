import configparser


def read(name):
    parser = configparser.ConfigParser()
    assert parser.read(f"/app/config/{name}.ini")
    return {section: dict(parser[section]) for section in parser.sections()}


def test_front():
    limits = {"max_body_mb": "64", "timeout_s": "120"}
    assert read("front") == {"limits": limits, "log": {"level": "info"}}


def test_worker():
    pool = {"workers": "8", "timeout_s": "120"}
    assert read("worker") == {"pool": pool, "queue": {"max_jobs": "200"}}


def test_store():
    assert read("store") == {"connection": {"timeout_s": "30", "retries": "2"}}
