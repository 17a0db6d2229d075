"""Pages of the wiki: headings and the table of contents."""


def heading(text, level=2):
    return f"<h{level}>{text}</h{level}>"


def contents(titles):
    return "\n".join(f"- {title}" for title in titles)
