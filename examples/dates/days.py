"""Days: all of them, and those that training never sees."""

import datetime
import hashlib
import pathlib
from functools import lru_cache

HERE = pathlib.Path(__file__).parent
FIRST_DAY = datetime.date(1500, 1, 1)
LAST_DAY = datetime.date(2099, 12, 31)
HELD_OUT_OF_256 = 12  # days whose hash falls below this are never trained


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
