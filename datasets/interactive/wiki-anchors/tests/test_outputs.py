import sys
from pathlib import Path

sys.path.insert(0, "/app")
from wiki.pages import contents, heading
from wiki.vendor.slugger import slug


def test_slug():
    assert slug("Über die Brücke!") == "uber-die-brucke"
    assert slug("  2 Wege -- ein Ziel ") == "2-wege-ein-ziel"


def test_pages():
    assert heading("Über uns") == '<h2 id="uber-uns">Über uns</h2>'
    assert contents(["Über uns", "A & B"]) == "- [Über uns](#uber-uns)\n- [A & B](#a-b)"


def test_it_is_listed():
    assert "slugger" in Path("/app/VENDORED.md").read_text()
