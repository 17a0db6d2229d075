#!/bin/bash
set -e

mkdir -p wiki/vendor
touch wiki/vendor/__init__.py
cat > wiki/vendor/slugger.py <<'EOF'
"""slugger: texts as anchors."""
import re
import unicodedata


def slug(text):
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
EOF

cat > VENDORED.md <<'EOF'
# Vendored libraries

- `wiki/vendor/slugger.py`: anchors for headings.
EOF

cat > wiki/pages.py <<'EOF'
"""Pages of the wiki: headings and the table of contents."""
from wiki.vendor.slugger import slug


def heading(text, level=2):
    return f'<h{level} id="{slug(text)}">{text}</h{level}>'


def contents(titles):
    return "\n".join(f"- [{title}](#{slug(title)})" for title in titles)
EOF
