#!/bin/bash
# -I and -c keep files left in the working folder out of the test process.
mkdir -p /logs/verifier
cd /tests
python3 -I -B -m pytest -rA -p no:cacheprovider -c /dev/null --rootdir /tests /tests/test_outputs.py
if [ $? -eq 0 ]; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
