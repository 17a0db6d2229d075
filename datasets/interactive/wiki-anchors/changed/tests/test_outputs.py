import sys
from pathlib import Path

sys.path.insert(0, "/app")
from wiki import folding, pages
from wiki.pages import contents, heading


def test_pages():
    assert heading("Über uns", 3) == '<h3 id="uber-uns">Über uns</h3>'
    assert contents(["Über uns", "A & B"]) == "- [Über uns](#uber-uns)\n- [A & B](#a-b)"


def test_letters_that_only_the_helper_knows():
    assert heading("Große Łódź-Straße") == '<h2 id="grosse-lodz-strasse">Große Łódź-Straße</h2>'


def test_the_anchors_come_from_the_helper(monkeypatch):
    called = []
    real = folding.fold

    def spy(text, join=" "):
        called.append(text)
        return real(text, join)

    monkeypatch.setattr(folding, "fold", spy)
    if hasattr(pages, "fold"):
        monkeypatch.setattr(pages, "fold", spy)
    heading("Hallo")
    assert called == ["Hallo"]


def test_nothing_was_added():
    files = {str(path.relative_to("/app")) for path in Path("/app").rglob("*") if ".git" not in path.parts}
    files = {name for name in files if "__pycache__" not in name}
    assert files == {"wiki", "wiki/__init__.py", "wiki/folding.py", "wiki/pages.py", "wiki/search.py"}
    assert Path("/app/wiki/folding.py").read_bytes() == Path("/tests/folding.py").read_bytes()
