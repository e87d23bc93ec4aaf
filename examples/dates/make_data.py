"""Makes dates as people write them, each with its ISO 8601 form.

A line is `text<TAB>YYYY-MM-DD`. The same seed always gives the same lines.
README.md states the rules that make every line unambiguous.

    make_data.py --count 20             twenty training lines on stdout
    make_data.py --write-test test.tsv  the test list, of held-out days only
    make_data.py --check                proves that held-out days are not trained
"""

import argparse
import datetime
import itertools
import pathlib
import random
import re
import sys

from days import hashed_days, is_held_out, is_test_day, pick_day, read_lines
from lexicon import CITIES, FIRST, LEADS, MONTHS, WEEKDAYS
from writing import MAX_SOURCE, write_date

HERE = pathlib.Path(__file__).parent
TRAIN_SEED, TRAIN_LINES = 1, 1_310_720
TEST_SEED, TEST_LINES = 2, 2400


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
