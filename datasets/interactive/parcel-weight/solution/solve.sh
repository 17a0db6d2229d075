#!/bin/bash
set -e

cat > parcels/parcel.py <<'EOF'
"""A parcel as the depot's scanners write it down."""
import json
from dataclasses import dataclass


@dataclass
class Parcel:
    code: str
    weight: int

    def to_json(self):
        return json.dumps({"code": self.code, "weight": self.weight})

    @staticmethod
    def from_json(text):
        data = json.loads(text)
        return Parcel(data["code"], data["weight"])
EOF

cat > parcels/label.py <<'EOF'
def label(parcel):
    return f"{parcel.code} {parcel.weight} g"


def is_heavy(parcel):
    return parcel.weight > 10000
EOF

cat > parcels/report.py <<'EOF'
from parcels.label import is_heavy


def total(parcels):
    return sum(parcel.weight for parcel in parcels)


def summary(parcels):
    heavy = [parcel.code for parcel in parcels if is_heavy(parcel)]
    return {"count": len(parcels), "total": total(parcels), "heavy": heavy}
EOF
