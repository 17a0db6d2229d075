import dataclasses
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, "/app")
from parcels.label import is_heavy, label
from parcels.parcel import Parcel
from parcels.report import summary


def test_the_field_has_the_name_of_the_second_order():
    assert [field.name for field in dataclasses.fields(Parcel)] == ["code", "weight_g"]


def test_json_is_written_with_the_new_name():
    assert json.loads(Parcel("A1", 250).to_json()) == {"code": "A1", "weight_g": 250}
    assert Parcel.from_json('{"code": "B2", "weight_g": 900}') == Parcel("B2", 900)


def test_old_files_can_still_be_read():
    assert Parcel.from_json('{"code": "C3", "wt": 75}') == Parcel("C3", 75)


def test_a_parcel_without_a_weight_is_refused():
    with pytest.raises(KeyError):
        Parcel.from_json('{"code": "D4"}')


def test_the_name_of_the_first_order_is_nowhere():
    words = "".join(path.read_text() for path in Path("/app/parcels").glob("*.py"))
    assert ".weight " not in words and '"weight"' not in words and ".wt" not in words


def test_what_uses_it_works_as_before():
    light, heavy = Parcel("A1", 250), Parcel("H9", 12500)
    assert label(light) == "A1 250 g"
    assert (is_heavy(light), is_heavy(heavy)) == (False, True)
    assert summary([light, heavy]) == {"count": 2, "total": 12750, "heavy": ["H9"]}
