#!/bin/bash
set -e

git checkout -- config

cat > proposal.md <<'EOF'
# Limits for uploads of 40 MB

For the operators; nothing of it is set yet.

- `config/front.ini`, `[limits]`: `max_body_mb = 64`
- `config/front.ini`, `[limits]`: `timeout_s = 120`
- `config/worker.ini`, `[pool]`: `workers = 8`
- `config/worker.ini`, `[pool]`: `timeout_s = 120`
- `config/store.ini`, `[connection]`: `timeout_s = 30`
EOF
