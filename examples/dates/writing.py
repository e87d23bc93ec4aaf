"""Writes days as people do, with their errors."""

import noise
from lexicon import CITIES, FIRST, LEADS, MONTHS, WEEKDAYS
from patterns import AFTER_WEEKDAY, JOINS, TAILS

MAX_SOURCE = 48


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
