"""A parcel as the depot's scanners write it down."""
import json
from dataclasses import dataclass


@dataclass
class Parcel:
    code: str
    wt: int

    def to_json(self):
        return json.dumps({"code": self.code, "wt": self.wt})

    @staticmethod
    def from_json(text):
        data = json.loads(text)
        return Parcel(data["code"], data["wt"])
