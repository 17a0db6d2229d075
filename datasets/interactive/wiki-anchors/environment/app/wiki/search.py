from wiki.folding import fold


def matches(title, query):
    return fold(query) in fold(title)
