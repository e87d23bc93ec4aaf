"""Writes chats.json: chat templates of the common styles, what transformers makes of conversations, and
small templates with what Jinja makes of them.

usage: chats.py > chats.json

Other templates are tried with a file of the same form: FOVEA_CHATS=FILE build/dev/tests/tools/import_chat_test
"""

import itertools
import json
import sys

import jinja2
from transformers.utils.chat_template_utils import _compile_jinja_template

from snippets import SNIPPETS
from styles import STYLES

MARKS = {"bos_token": "<s>", "eos_token": "</s>"}

# What is no sequence of contents and what stands between them, and what the reason has to say.
NO_JOINS = {
    "counts": ("{% for m in messages %}{{ loop.index }}: {{ m.content }}\n{% endfor %}>", "depends on other messages"),
    "changes contents": ("{% for m in messages %}<{{ m.content | replace('\\n', ' ') }}>{% endfor %}",
                         "something else of some contents"),
    "forgets": ("{{ messages[-1].content }}>", "every content once and in order"),
    "says twice": ("{% for m in messages %}<{{ m.content }}{{ m.content }}>{% endfor %}",
                   "every content once and in order"),
    "refuses": ("{{ raise_exception('closed\x1b[2J') }}", "saying: closed\\x1b[2J"),
    "takes line feeds only": ("{% for m in messages %}<{{ m.content.strip('\\n') }}>{% endfor %}",
                              "something else of some contents"),
    "asks for the date": ("{% for m in messages %}<{{ m.content }}>{% endfor %}{{ strftime_now('%Y') }}",
                          "line 1: it asks for today's date"),
    "includes": ("\n{% include 'x' %}", "line 2: the statement include"),
    "filters": ("a\n\n{{ messages | groupby('role') }}", "line 3: the filter groupby is not known"),
    "loops": ("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "does not come to an end"),
    "grows": ("{% set n = namespace(x='xxxxxxxx') %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
              "more than a megabyte"),
    "recurs": ("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}", "macros that call each other"),
    "is cut": ("{% for m in messages %}<{{ m.content }}>", "the end there"),
    "is deep": ("{{ " + "(" * 200 + "1" + ")" * 200 + " }}", "in more than 100 others"),
    "nests blocks": ("{% if 1 %}" * 80 + "{% endif %}" * 80, "in more than 50 others"),
    "has another language": ("{{ messages.0 }}", "'0' there"),
    "prints a list": ("{{ messages }}", "a list is printed as it is"),
    "calls nothing": ("{{ lipsum(3) }}", "the function lipsum"),
}

VALUES = {"n": 3, "t": " Ab c ", "l": ["x", "y", "x"], "d": {"a": 1, "b": "two"}, "e": None}
CONTENTS = ["Hello", "  spaced \n", 'What is "2+2"?\n\nTell.', "", " \n ", "Grüß {{x}} <b>", "a\u00a0"]


def conversations():
    """Some of all orders of up to three roles, with contents by turns."""
    contents = itertools.cycle(CONTENTS)
    for length in (1, 2, 3):
        for roles in itertools.product(("system", "user", "assistant"), repeat=length):
            yield [[role, next(contents)] for role in roles]
    for system in (False, True):
        roles = ["user", "assistant"] * 3 + ["user"]
        yield [[role, next(contents)] for role in (["system"] if system else []) + roles]


def render(template, **variables):
    try:
        return template.render(**variables)
    except jinja2.exceptions.TemplateError:
        return None


def styled(name, text, talks):
    # Without a clock, as on a device.
    template = _compile_jinja_template(text)
    template.globals = {k: v for k, v in template.globals.items() if k != "strftime_now"}
    texts = []
    for talk in talks:
        messages = [{"role": role, "content": content} for role, content in talk]
        texts.append(render(template, messages=messages, tools=None, documents=None,
                            add_generation_prompt=True, **MARKS))
    return {"name": name, "template": text, "texts": texts}


def main():
    talks = list(conversations())
    snippets = [[text, render(_compile_jinja_template(text), **VALUES)] for text in SNIPPETS]
    json.dump({
        "variables": MARKS, "conversations": talks,
        "styles": [styled(name, text, talks) for name, text in STYLES.items()],
        "no_joins": [{"name": name, "template": text, "why": why} for name, (text, why) in NO_JOINS.items()],
        "values": VALUES, "snippets": snippets,
    }, sys.stdout, ensure_ascii=False, indent=0)
    print()


main()
