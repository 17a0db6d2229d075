import dataclasses
import json
import sys

sys.path.insert(0, "/app")
from parcels.label import is_heavy, label
from parcels.parcel import Parcel
from parcels.report import summary


def test_the_field_is_renamed():
    assert [field.name for field in dataclasses.fields(Parcel)] == ["code", "weight"]


def test_json_has_the_new_name():
    assert json.loads(Parcel("A1", 250).to_json()) == {"code": "A1", "weight": 250}
    assert Parcel.from_json('{"code": "B2", "weight": 900}') == Parcel("B2", 900)


def test_what_uses_it_works_as_before():
    light, heavy = Parcel("A1", 250), Parcel("H9", 12500)
    assert label(light) == "A1 250 g"
    assert (is_heavy(light), is_heavy(heavy)) == (False, True)
    assert summary([light, heavy]) == {"count": 2, "total": 12750, "heavy": ["H9"]}
