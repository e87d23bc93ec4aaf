"""Makes dates as people write them, each with its ISO 8601 form.

A line is `text<TAB>YYYY-MM-DD`. The same seed always gives the same lines.
README.md states the rules that make every line unambiguous.

    make_data.py --count 20             twenty training lines on stdout
    make_data.py --write-test test.tsv  the test list, of held-out days only
    make_data.py --check                proves that held-out days are not trained
"""

import argparse
import datetime
import hashlib
import itertools
import pathlib
import random
import re
import sys
from functools import lru_cache

import noise
from lexicon import CITIES, FIRST, LEADS, MONTHS, WEEKDAYS

HERE = pathlib.Path(__file__).parent
FIRST_DAY = datetime.date(1500, 1, 1)
LAST_DAY = datetime.date(2099, 12, 31)
MAX_SOURCE = 48
TRAIN_SEED, TRAIN_LINES = 1, 1_310_720
TEST_SEED, TEST_LINES = 2, 2400
HELD_OUT_OF_256 = 12  # days whose hash falls below this are never trained

JOINS = {  # (order, frequency, pattern)
    "en": (
        ("dmy", 24, "{d} {m} {y}"), ("dmy", 5, "{d} {m}, {y}"),
        ("dmy", 6, "{d} of {m} {y}"), ("dmy", 5, "{d} of {m}, {y}"),
        ("dmy", 4, "{d}-{m}-{y}"), ("dmy", 2, "{d}/{m}/{y}"),
        ("dmy", 1, "{d}.{m}.{y}"), ("dmy", 1, "{d}{m}{y}"),
        ("dmy", 1, "{d}. {m} {y}"), ("dmy", 1, "{d} day of {m} {y}"),
        ("mdy", 24, "{m} {d}, {y}"), ("mdy", 14, "{m} {d} {y}"),
        ("mdy", 2, "{m} the {d}, {y}"), ("mdy", 2, "{m} the {d} {y}"),
        ("mdy", 2, "{m}-{d}-{y}"), ("mdy", 1, "{m}/{d}/{y}"),
        ("ymd", 3, "{y} {m} {d}"), ("ymd", 1, "{y}-{m}-{d}"),
        ("ymd", 1, "{y}, {m} {d}"),
    ),
    "fr": (
        ("dmy", 70, "{d} {m} {y}"), ("dmy", 6, "{d} {m}, {y}"),
        ("dmy", 3, "{d}-{m}-{y}"), ("dmy", 2, "{d}/{m}/{y}"),
        ("dmy", 2, "{d}.{m}.{y}"), ("dmy", 2, "{d}. {m} {y}"),
        ("dmy", 2, "{d} de {m} {y}"), ("dmy", 1, "{d} {m} de l'an {y}"),
        ("dmy", 1, "{d}{m}{y}"), ("mdy", 2, "{m} {d}, {y}"),
        ("mdy", 2, "{m} {d} {y}"), ("ymd", 2, "{y} {m} {d}"),
        ("ymd", 1, "{y}, {d} {m}"), ("ymd", 1, "{y}-{m}-{d}"),
    ),
    "de": (
        ("dmy", 58, "{d}. {m} {y}"), ("dmy", 9, "{d}.{m} {y}"),
        ("dmy", 4, "{d}.{m}.{y}"), ("dmy", 9, "{d} {m} {y}"),
        ("dmy", 4, "{d}. {m}, {y}"), ("dmy", 2, "{d}-{m}-{y}"),
        ("dmy", 1, "{d}/{m}/{y}"), ("dmy", 1, "{d}. {m} im Jahre {y}"),
        ("dmy", 1, "{d}. {m} des Jahres {y}"), ("dmy", 1, "{d}{m}{y}"),
        ("mdy", 2, "{m} {d}, {y}"), ("ymd", 2, "{y}, {d}. {m}"),
        ("ymd", 1, "{y}-{m}-{d}"), ("ymd", 1, "{y} {m} {d}"),
    ),
    "es": (
        ("dmy", 40, "{d} de {m} de {y}"), ("dmy", 8, "{d} de {m} del {y}"),
        ("dmy", 8, "{d} de {m} {y}"), ("dmy", 7, "{d} de {m}, {y}"),
        ("dmy", 14, "{d} {m} {y}"), ("dmy", 4, "{d} {m} de {y}"),
        ("dmy", 3, "{d} {m}, {y}"), ("dmy", 2, "{d}-{m}-{y}"),
        ("dmy", 2, "{d}/{m}/{y}"), ("dmy", 1, "{d}.{m}.{y}"),
        ("dmy", 1, "{d}{m}{y}"), ("dmy", 1, "{d} de {m} del año {y}"),
        ("mdy", 3, "{m} {d}, {y}"), ("mdy", 2, "{m} {d} de {y}"),
        ("ymd", 2, "{y} {m} {d}"), ("ymd", 1, "{y}-{m}-{d}"),
    ),
}
AFTER_WEEKDAY = {
    "en": (" ", ", ", ", ", " the ", ", the ", " - "),
    "fr": (" ", " ", ", ", " le ", ", le ", " - "),
    "de": (", ", ", ", " ", ", den ", " den ", ", der ", ", dem ", " - "),
    "es": (" ", ", ", ", ", ", el ", " el ", " - "),
}
TAILS = (".", ".", ",", " ", ";", ":", " !", "?", " -")


def all_days():
    """Every calendar day of the range."""
    for number in range(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1):
        yield datetime.date.fromordinal(number)


def read_lines(path):
    """The (text, iso) pairs of a .tsv file."""
    with open(path, encoding="utf-8") as file:
        return [tuple(line.rstrip("\n").split("\t")) for line in file]


@lru_cache(maxsize=None)
def hand_written_days():
    """The ISO days of handwritten.tsv; its texts are not looked at."""
    return frozenset(iso for _, iso in read_lines(HERE / "handwritten.tsv"))


@lru_cache(maxsize=None)
def hashed_days():
    """The ISO days that a hash holds out for the test list."""
    return frozenset(
        d.isoformat() for d in all_days()
        if hashlib.sha256(d.isoformat().encode()).digest()[0] < HELD_OUT_OF_256)


def is_held_out(day):
    """Whether training must never see this day."""
    iso = day.isoformat()
    return iso in hashed_days() or iso in hand_written_days()


def is_test_day(day):
    """Whether the test list may use this day."""
    iso = day.isoformat()
    return iso in hashed_days() and iso not in hand_written_days()


def pick_day(rng, accept):
    """A day: over all centuries, or more often of living memory."""
    while True:
        first, last = rng.choice(((1500, 2099), (1900, 2049), (1950, 2049)))
        low = datetime.date(first, 1, 1).toordinal()
        high = datetime.date(last, 12, 31).toordinal()
        day = datetime.date.fromordinal(rng.randint(low, high))
        if accept(day):
            return day


def english_ordinal(number):
    """The suffix of an English ordinal."""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def ordinal(number, language, rng):
    """The ending that makes a day an ordinal, misspelt now and then."""
    if language == "en":
        ending = english_ordinal(number)
        if rng.random() < 0.05:
            ending = rng.choice(("st", "nd", "rd", "th", "ht", "t", "s", "d"))
        return rng.choice((" ", "", "", "", "", "", "", "")) + ending
    if language == "de":
        return rng.choice(("ten", "te", "ter", ".", "."))
    if language == "fr":
        return rng.choice(("e", "ème", "."))
    return rng.choice(("º", "°", ".", ".º"))


def write_day(day, language, joined, rng):
    """The number of the day, perhaps with a zero or an ordinal's ending."""
    number = f"{day:02}" if rng.random() < 0.2 else str(day)
    if joined:
        return number
    if day == 1 and rng.random() < 0.5:
        return rng.choice(FIRST[language])
    share = {"en": 0.4, "fr": 0.02, "de": 0.04, "es": 0.03}[language]
    if rng.random() < share:
        return number + ordinal(day, language, rng)
    return number


def write_year(year, joined, rng):
    """Four digits, or two where the pivot of 50 gives the year back."""
    if not 1950 <= year <= 2049 or rng.random() < 0.65:
        return str(year)
    short = f"{year % 100:02}"
    marks = ("", "", "", "'") if joined else ("", "'", "'", "’", "´", "`")
    return rng.choice(marks) + short


def pick_word(words, rng):
    """The full word half of the time, else any of its spellings."""
    return words[0] if rng.random() < 0.5 else rng.choice(words)


def write_month(month, language, rng):
    """A spelling of the month, perhaps misspelt or in another case."""
    word = pick_word(MONTHS[language][month - 1], rng)
    errors = rng.choices((0, 1, 2), (70, 24, 6))[0]
    if errors:
        word = noise.misspell_month(word, month, errors, rng)
    return noise.vary_case(word, rng) if rng.random() < 0.2 else word


def write_weekday(day, language, rng):
    """The name of the weekday, perhaps misspelt or in another case."""
    word = pick_word(WEEKDAYS[language][day.weekday()], rng)
    if rng.random() < 0.12:
        word = noise.misspell(word, rng)
    if rng.random() < 0.3:
        word = word[:1].upper() + word[1:]
    return noise.vary_case(word, rng) if rng.random() < 0.1 else word


def write_named(day, language, rng):
    """Day, month by name and year, in any order of the language."""
    patterns = JOINS[language]
    weights = [frequency for _, frequency, _ in patterns]
    order, _, pattern = rng.choices(patterns, weights)[0]
    joined = " " not in pattern or ". " in pattern
    short_year = order != "ymd"
    return pattern.format(
        d=write_day(day.day, language, joined, rng),
        m=write_month(day.month, language, rng),
        y=write_year(day.year, joined, rng) if short_year else day.year)


def spread(separator, rng):
    """A separator between numbers, perhaps doubled or with blanks."""
    kind = rng.random()
    if kind < 0.02:
        return separator * 2
    if kind < 0.04:
        return f" {separator}"
    return separator


def write_numeric(day, rng):
    """Numbers only; the separator fixes their order."""
    separator = rng.choice("//..-")
    year_first = separator == "-" or rng.random() < 0.08
    padded = rng.random() < (0.9 if year_first else 0.5)
    number = "{:02}".format if padded else str
    gap = rng.choices(("", " ", " x "), (86, 11, 3))[0]
    if year_first:
        parts = (str(day.year), number(day.month), number(day.day))
    else:
        year = write_year(day.year, True, rng)
        pair = (day.month, day.day) if separator == "/" else (day.day, day.month)
        parts = (number(pair[0]), number(pair[1]), year)
    blanks = {"": ("", ""), " ": ("", " "), " x ": (" ", " ")}[gap]
    joint = [blanks[0] + spread(separator, rng) + blanks[1] for _ in range(2)]
    return parts[0] + joint[0] + parts[1] + joint[1] + parts[2]


def add_surroundings(text, day, language, rng):
    """Puts a weekday, a preposition or a city where people put them."""
    if rng.random() < 0.22:
        weekday = write_weekday(day, language, rng)
        if rng.random() < 0.08:
            return text + rng.choice((" ({})", ", {}", " {}")).format(weekday)
        text = weekday + rng.choice(AFTER_WEEKDAY[language]) + text
        if rng.random() < 0.9:
            return text
    elif rng.random() < 0.22:
        text = rng.choice(LEADS[language]) + text
    if rng.random() < 0.08:
        text = rng.choice(CITIES[language]) + rng.choice((", ", ", ", " ", ": ")) + text
    return text


def recase(text, rng):
    """The whole line in one case, now and then."""
    kind = rng.random()
    if kind < 0.18:
        return text.lower()
    if kind < 0.3:
        return text.upper()
    if kind < 0.34:
        return text[:1].upper() + text[1:]
    return text


def finish(text, numeric, rng):
    """Errors of the whole line: accents, separators, a stray end."""
    if rng.random() < 0.25:
        text = noise.without_accents(text.replace("º", "\0")).replace("\0", "º")
    text = recase(text, rng)
    if not numeric:
        for _ in range(rng.choices((0, 1, 2), (84, 12, 4))[0]):
            text = noise.blur_separators(text, rng)
    if rng.random() < 0.03:
        text += rng.choice(TAILS)
    if rng.random() < 0.01:
        text = f"({text})"
    return " " + text if rng.random() < 0.01 else text


def write_date(day, rng):
    """One way in which somebody might write the day."""
    while True:
        language = rng.choice(("en", "fr", "de", "es"))
        numeric = rng.random() < 0.22
        text = write_numeric(day, rng) if numeric else write_named(day, language, rng)
        if not numeric or rng.random() < 0.5:
            text = add_surroundings(text, day, language, rng)
        text = finish(text, numeric, rng)
        if len(text) <= MAX_SOURCE:
            return text


def lines(seed, accept):
    """Endless (text, iso) pairs over the accepted days."""
    rng = random.Random(seed)
    while True:
        day = pick_day(rng, accept)
        yield write_date(day, rng), day.isoformat()


def train_lines(count=TRAIN_LINES):
    """The training lines, each used once; held-out days are absent."""
    stream = lines(TRAIN_SEED, lambda day: not is_held_out(day))
    return itertools.islice(stream, count)


def test_lines():
    """The test list: different texts, held-out days only."""
    found = {}
    for text, iso in lines(TEST_SEED, is_test_day):
        found.setdefault(text.strip(), iso)
        if len(found) == TEST_LINES:
            return list(found.items())


def source_characters():
    """Every character that the vocabulary holds, in order."""
    words = itertools.chain(
        *(w for table in (MONTHS, WEEKDAYS) for lang in table.values() for w in lang),
        *CITIES.values(), *LEADS.values(), *FIRST.values())
    found = set("".join(words)) | set(map(chr, range(32, 127)))
    found |= set("’´`º°\u00a0ñÑ") | set("".join(words).upper())
    both = {form for c in found for form in (c, c.upper(), c.lower()) if len(form) == 1}
    return sorted(both - set("*#@~"))


def write_lines(path, pairs):
    """Writes `text<TAB>iso` lines."""
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{text}\t{iso}\n" for text, iso in pairs)


def digits_kept(text, iso):
    """Whether the numbers of a text are those of its day, none changed."""
    year, month, day = (int(part) for part in iso.split("-"))
    expected = {year, year % 100, month, day}
    found = {int(run) for run in re.findall("[0-9]+", text)}
    return found <= expected and (day in found or day == 1)


def check(count):
    """Regenerates what training reads and looks for held-out days in it."""
    test = read_lines(HERE / "test.tsv")
    hand = read_lines(HERE / "handwritten.tsv")
    held = {iso for _, iso in test + hand}
    assert len(test) >= 2000 and len(hand) == 100
    assert test == test_lines(), "test.tsv is not what the generator writes"
    assert all(is_held_out(datetime.date.fromisoformat(iso)) for iso in held)
    assert all(len(text) <= MAX_SOURCE for text, _ in test + hand)
    trained = set()
    for text, iso in train_lines(count):
        assert len(text) <= MAX_SOURCE
        assert digits_kept(text, iso), f"noise changed a digit of {text!r}"
        trained.add(iso)
    assert not trained & held, "a held-out day is trained"
    assert not trained & hashed_days()
    print(f"{count} training lines hold {len(trained)} days; none of the "
          f"{len(held)} days of test.tsv and handwritten.tsv is among them")


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20, help="training lines to print")
    parser.add_argument("--write-test", metavar="FILE", help="write the test list")
    parser.add_argument("--check", action="store_true",
                        help="prove that held-out days do not occur in training")
    options = parser.parse_args()
    if options.check:
        check(TRAIN_LINES)
    elif options.write_test:
        write_lines(options.write_test, test_lines())
    else:
        for text, iso in train_lines(options.count):
            sys.stdout.write(f"{text}\t{iso}\n")


if __name__ == "__main__":
    main()
