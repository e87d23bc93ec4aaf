"""How dates are put together: with how often, in each language."""

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
