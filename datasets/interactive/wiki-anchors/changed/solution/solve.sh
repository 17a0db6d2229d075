#!/bin/bash
set -e

rm -rf wiki/vendor VENDORED.md

cat > wiki/pages.py <<'EOF'
"""Pages of the wiki: headings and the table of contents."""
from wiki.folding import fold


def heading(text, level=2):
    return f'<h{level} id="{_anchor(text)}">{text}</h{level}>'


def contents(titles):
    return "\n".join(f"- [{title}](#{_anchor(title)})" for title in titles)


def _anchor(text):
    return fold(text, join="-")
EOF
