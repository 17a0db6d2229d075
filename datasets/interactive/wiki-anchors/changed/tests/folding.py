"""Text as it is compared and filed: without case, accents and runs of other characters."""
import unicodedata

_letters = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})


def fold(text, join=" "):
    """Lower case, no accents; everything that is no letter or digit becomes one `join`, none at the ends."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_letters))
    words = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()
    return join.join(words)
