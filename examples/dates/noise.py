"""Noise as typing makes it: on letters and separators, never on digits."""

import unicodedata
from functools import lru_cache

from lexicon import MONTHS

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NEIGHBOURS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh",
    "u": "yij", "i": "uok", "o": "ipl", "p": "ol", "a": "qsz", "s": "adwx",
    "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hkum",
    "k": "jli", "l": "kop", "z": "asx", "x": "zsdc", "c": "xdfv",
    "v": "cfgb", "b": "vghn", "n": "bhjm", "m": "njk",
}
STRAY = "*#@~ñçßłø?!&|"  # most are outside the vocabulary, so <unk> is trained


def plain(text):
    """Lower case without accents or full stops."""
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in parts if c.isalpha())


def without_accents(text):
    """The same letters with their accents dropped, case kept."""
    parts = unicodedata.normalize("NFD", text)
    kept = "".join(c for c in parts if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", kept)


def distance(left, right):
    """Edit distance in which swapping two neighbours costs one."""
    before, row = None, list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        last, row_before = row, before
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if (row_before and j > 1 and a == right[j - 2]
                    and left[i - 2] == b):
                cost = min(cost, row_before[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]


SPELLINGS = sorted({(plain(word), month)
                    for months in MONTHS.values()
                    for month, words in enumerate(months, 1)
                    for word in words})


@lru_cache(maxsize=None)
def names_month(word, month):
    """Whether a misspelt word is nearer to its month than to all others.

    Both the whole word and its reading as a cut-off spelling must agree, so
    that "Jui" (June or July) and "Ju" never come out of the noise.
    """
    word = plain(word)
    if len(word) < 3:
        return False
    own = min(distance(word, s) for s, m in SPELLINGS if m == month)
    other = min(distance(word, s) for s, m in SPELLINGS if m != month)
    starts = {m for s, m in SPELLINGS if s.startswith(word)}
    return own < other and starts <= {month}


def _swap(word, at, rng):
    if at + 1 == len(word):
        at -= 1
    return word[:at] + word[at + 1] + word[at] + word[at + 2:]


def _drop(word, at, rng):
    return word[:at] + word[at + 1:]


def _double(word, at, rng):
    return word[:at] + word[at] + word[at:]


def _replace(word, at, rng):
    old = word[at].lower()
    new = rng.choice(NEIGHBOURS.get(old, LETTERS))
    if rng.random() < 0.3:
        new = rng.choice(LETTERS)
    if rng.random() < 0.03:
        new = rng.choice(STRAY)
    if word[at].isupper():
        new = new.upper() if len(new.upper()) == 1 else new
    return word[:at] + new + word[at + 1:]


def _insert(word, at, rng):
    near = rng.choice(NEIGHBOURS.get(word[at].lower(), LETTERS))
    return word[:at] + near + word[at:]


EDITS = (_swap, _swap, _drop, _drop, _double, _replace, _replace, _insert)


def misspell(word, rng):
    """One typing error in a word of letters (a final full stop stays)."""
    stop = "." if word.endswith(".") else ""
    letters = word[:len(word) - len(stop)]
    if len(letters) < 2:
        return word
    edit = rng.choice(EDITS)
    # The first letter is seldom the wrong one.
    first = 0 if rng.random() < 0.15 else 1
    return edit(letters, rng.randrange(first, len(letters)), rng) + stop


def misspell_month(word, month, errors, rng):
    """A misspelt month that still names its month; the word if none does."""
    for _ in range(8):
        wrong = word
        for _ in range(errors):
            wrong = misspell(wrong, rng)
        if names_month(wrong, month):
            return wrong
    return word


def blur_separators(text, rng):
    """One change among blanks and commas; two numbers never meet."""
    places = [i for i, c in enumerate(text) if c in " ,"]
    if not places:
        return text
    at = rng.choice(places)
    kind = rng.random()
    if kind < 0.5:
        return text[:at] + text[at] + text[at:]
    if kind < 0.7 and text[at] == " ":
        return text[:at] + rng.choice((", ", " ,", "\u00a0", "  ", " - ")) + text[at + 1:]
    around = text[at - 1:at] + text[at + 1:at + 2]
    if len(around) == 2 and sum(c.isdigit() or c in " ,.'" for c in around) < 2:
        return text[:at] + text[at + 1:]
    return text


def vary_case(word, rng):
    """The word in another case, now and then in a careless one."""
    kind = rng.random()
    if kind < 0.4:
        return word.lower()
    if kind < 0.7:
        return word.upper()
    if kind < 0.95:
        return word[:1].upper() + word[1:].lower()
    return "".join(c.upper() if rng.random() < 0.5 else c for c in word)
