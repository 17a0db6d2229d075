#!/bin/bash
set -e

git checkout -- readings

cat > docs/strict.md <<'EOF'
# Strict checks

`check(reading, strict=True)` also reports keys that are not known. The default is `strict=False`: unknown keys are let
through, by the import and by the command alike.
EOF
