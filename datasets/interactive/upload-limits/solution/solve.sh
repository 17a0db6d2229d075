#!/bin/bash
set -e

sed -i 's/^max_body_mb = .*/max_body_mb = 64/; s/^timeout_s = .*/timeout_s = 120/' config/front.ini

sed -i 's/^workers = .*/workers = 8/; s/^timeout_s = .*/timeout_s = 120/' config/worker.ini

sed -i 's/^timeout_s = .*/timeout_s = 30/' config/store.ini
