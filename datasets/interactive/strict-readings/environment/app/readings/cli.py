import json
import sys

from readings.rules import check

for line in sys.stdin:
    for problem in check(json.loads(line)):
        print(problem)
