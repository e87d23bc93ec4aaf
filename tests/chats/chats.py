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

MARKS = {"bos_token": "<s>", "eos_token": "</s>"}

# A style: its template, and the roles that its conversations may have.
STYLES = {
    "one tag for all roles": """\
{% for m in messages %}
{{ '<|start|>' + m['role'] + '\\n' + m['content'] + '<|stop|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}""",
    "a system message unless there is one": """\
{%- for message in messages -%}
  {%- if loop.first and message.role != 'system' -%}
    {{- '<|start|>system\\nBe kind.<|stop|>\\n' -}}
  {%- endif -%}
  {{- '<|start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|stop|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif -%}""",
    "the beginning, headers, trimmed": """\
{{- bos_token -}}
{%- for message in messages %}
    {%- set head = '<|h|>' + message['role'] + '<|/h|>\\n\\n' %}
    {{- head + message['content'] | trim + '<|turn|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|h|>assistant<|/h|>\\n\\n' }}{% endif %}""",
    "the system message within the first user's": """\
{% if messages[0]['role'] == 'system' %}
    {%- set rest = messages[1:] %}{% set rules = messages[0]['content'] %}
{%- else %}
    {%- set rest = messages %}{% set rules = none %}
{%- endif %}
{%- for message in rest %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('users and assistants take turns') }}
    {%- endif %}
    {%- set said = message['content'] %}
    {%- if loop.first and rules is not none %}
        {%- set said = '((' + rules + '))\\n\\n' + said %}
    {%- endif %}
    {%- if message['role'] == 'user' %}
        {{- bos_token + '[ASK] ' + said.strip() + ' [/ASK]' }}
    {%- elif message['role'] == 'assistant' %}
        {{- ' ' + said.strip() + ' ' + eos_token }}
    {%- endif %}
{%- endfor %}""",
    "a system message before the last user's": """\
{%- if messages[0].role == 'system' %}{% set rules = messages[0].content %}{% set messages = messages[1:] %}{% endif %}
{{- bos_token }}
{%- for message in messages %}
  {%- if message.role == 'user' %}
    {%- if loop.last and rules is defined %}{{ '[ASK]' + rules + '\\n\\n' + message.content + '[/ASK]' }}
    {%- else %}{{ '[ASK]' + message.content + '[/ASK]' }}{% endif %}
  {%- elif message.role == 'assistant' %}{{ message.content | trim + eos_token }}
  {%- else %}{{ raise_exception('no ' + message.role) }}{% endif %}
{%- endfor %}""",
    "no system message, another word for the assistant": """\
{{ bos_token }}
{%- for m in messages -%}
    {%- if m.role == 'system' %}{{ raise_exception('there are no rules') }}{% endif -%}
    {%- if (m['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception('take turns') }}
    {%- endif -%}
    {%- set who = {'assistant': 'model'}.get(m.role, m.role) -%}
    {{ '<turn>' + who + '\\n' + m['content'] | trim + '</turn>\\n' }}
{%- endfor -%}
{{ '<turn>model\\n' if add_generation_prompt }}""",
    "line feeds between blocks": """\
{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|u|>' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|r|>' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|a|>'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|a|>' }}
{% endif %}
{% endfor %}""",
    "without special tokens": """\
{%- for m in messages -%}
{{- '' if loop.first else '\\n' -}}
{{- {'user': 'Question: ', 'assistant': 'Answer: ', 'system': ''}[m.role] + m.content -}}
{%- endfor -%}
{{- '\\nAnswer:' -}}""",
    "thoughts, tools, a date": """\
{%- set ns = namespace(last=messages | length - 1, open=true) %}
{%- for m in messages[::-1] %}
    {%- if ns.open and m.role == 'user' and m.content is string %}
        {%- set ns.open = false %}{% set ns.last = messages | length - 1 - loop.index0 %}
    {%- endif %}
{%- endfor %}
{%- if not date is defined %}
    {%- if strftime_now is defined %}{% set date = strftime_now('%Y') %}{% else %}{% set date = '1998' %}{% endif %}
{%- endif %}
{%- if tools %}{{ '<tools>' }}{% for t in tools %}{{ t | tojson }}{% endfor %}{{ '</tools>' }}{% endif %}
{{- 'In ' ~ date ~ '\\n' }}
{%- for m in messages %}
    {%- set said = m.content %}
    {%- if m.role == 'assistant' and '</think>' in said %}
        {%- set said = said.split('</think>')[-1].lstrip('\\n') %}
    {%- endif %}
    {%- if m.tool_calls is defined and m.tool_calls %}
        {{- raise_exception('tools') }}
    {%- elif loop.index0 > ns.last %}
        {{- '<|' + m.role + '|>\\n<think>\\n</think>' + said + '<|end|>' }}
    {%- else %}
        {{- '<|' + m.role + '|>\\n' + said + '<|end|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>\\n<think>\\n' }}{% endif %}""",
    "a macro": """\
{%- macro turn(who, said, end='<|end|>') -%}
    {{- '<|' ~ who ~ '|>' ~ (said | trim) ~ end -}}
{%- endmacro -%}
{%- for m in messages %}{{ turn(m.role, m.content) }}{% endfor -%}
{{- '<|assistant|>' if add_generation_prompt else '' -}}""",
    "one message only": """\
{%- if messages | length != 1 or messages[0].role != 'user' %}{{ raise_exception('one question') }}{% endif -%}
Q: {{ messages[0].content }} A:""",
    "an answer's training marks": """\
{%- for m in messages -%}
    {%- if m.role == 'assistant' -%}
        {{- '<a>' -}}{% generation %}{{ m.content }}{% endgeneration %}{{- '</a>' -}}
    {%- else -%}
        {{- '<' + m.role + '>' + m.content + '</' + m.role + '>' -}}
    {%- endif -%}
{%- endfor -%}<a>""",
}

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

# Jinja by itself: the variables are n = 3, t = ' Ab c ', l = ['x', 'y', 'x'], d = {'a': 1, 'b': 'two'}, e = none.
SNIPPETS = """\
{{ n + 2 * 3 - 4 // 3 % 2 }}|{{ -n }}|{{ 7 // 2 }}|{{ 7 % 4 }}|{{ n * n }}
{{ 1 if n > 2 else 0 }}|{{ 'no' if n < 2 }}|{{ 1 if n == 3 and not e else 2 }}
{{ 'a' ~ 1 ~ true ~ none }}|{{ 'a' 'b' }}|{{ 'x' + t }}
{{ 'a' in 'abc' }}{{ 'z' not in l }}{{ 'a' in d }}{{ 2 in [1, 2] }}
{{ 1 < 2 < 3 }}{{ 3 >= 3 != 4 }}{{ 'a' == "a" }}{{ l == ['x', 'y', 'x'] }}
{{ t.strip() }}|{{ t | trim }}|{{ t.lstrip() }}|{{ t.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ '  a' | trim }}
{{ 'a,b,c'.split(',')[1] }}{{ 'a b  c'.split()[-1] }}{{ 'a,b,c'.split(',', 1)[1] }}{{ ''.split(',') | length }}
{{ t | upper }}{{ t | lower }}{{ 'abc' | capitalize }}{{ 'one two'.title() }}{{ 'aBc'.upper() }}
{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith('b') }}{{ 'abc'.startswith(('x', 'a')) }}
{{ 'aXbX'.replace('X', '-') }}{{ 'aXbX' | replace('X', '') }}{{ 'aXbX'.replace('X', '-', 1) }}{{ 'abc'.find('c') }}
{{ l | length }}{{ t | length }}{{ 'äöü' | length }}{{ d | length }}{{ l | count }}{{ zz | length }}
{{ l | first }}{{ l | last }}{{ l | join('-') }}{{ l | join }}{{ [1, 2] | join(', ') }}{{ l | reverse | list | join }}
{{ l[0] }}{{ l[-1] }}{{ l[9] }}|{{ l[1:] | join }}{{ l[:-1] | join }}{{ l[::-1] | join }}{{ 'abcd'[1:3] }}{{ 'äöü'[1] }}
{{ 'abcd'[::-1] }}{{ 'abcd'[-2:] }}{{ 'abcd'[2::-1] }}{{ 'abcd'[:1:-1] }}{{ 'abcd'[9:] }}{{ 'abcd'[-9:2] }}
{{ d.a }}{{ d['b'] }}{{ d.zz }}|{{ d.get('a') }}{{ d.get('z', 5) }}{{ d.get('z') }}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}{{ d.keys() | list | join }}
{{ zz is defined }}{{ n is defined }}{{ e is none }}{{ t is string }}{{ d is mapping }}{{ l is iterable }}{{ n is number }}
{{ n is odd }}{{ n is even }}{{ n is not none }}{{ n is divisibleby 3 }}{{ n is eq 3 }}{{ 'x' is in l }}{{ true is boolean }}
{{ n is integer }}{{ t is sequence }}{{ zz is undefined }}{{ false is false }}{{ 1 is true }}{{ n is equalto(3) }}
{{ zz | default('d') }}{{ '' | default('d') }}|{{ '' | default('d', true) }}{{ e | d('d', boolean=true) }}
{{ zz or 'or' }}{{ n and 'and' }}{{ e or '' }}{{ not zz }}
{{ d | tojson }}{{ l | tojson }}{{ 'a"\\n<é>' | tojson }}{{ e | tojson }}{{ true | tojson }}{{ [] | tojson }}{{ {'q': {}} | tojson }}
{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }};{% endfor %}
{% for x in l %}{{ loop.previtem }}{{ loop.nextitem }}.{% endfor %}{% for x in [] %}{% else %}none{% endfor %}
{% for x in l if x != 'y' %}{{ loop.index }}{{ x }}{% endfor %}{% for x in l %}{% if x == 'y' %}{% break %}{% endif %}{{ x }}{% endfor %}
{% for x in l %}{% if x == 'y' %}{% continue %}{% endif %}{{ x }}{% endfor %}{% for a, b in [(1, 2), (3, 4)] %}{{ a + b }}{% endfor %}
{% set x = 1 %}{% for i in range(3) %}{{ x }}{% set x = i + 5 %}{{ x }}{% endfor %}{{ x }}
{% set q = namespace(v=0) %}{% for i in range(2, 5) %}{% set q.v = q.v + i %}{% endfor %}{{ q.v }}{{ q.w is defined }}
{% set x %}a{{ n }}b{% endset %}{{ x | length }}{{ x }}{% set a, b = 1, 2 %}{{ a }}{{ b }}
{% if n == 1 %}1{% elif n == 3 %}3{% else %}x{% endif %}{% if zz %}{% elif d %}d{% endif %}{% if not l %}{% else %}l{% endif %}
{% macro f(a, b='B') %}[{{ a }}{{ b }}{{ n }}]{% endmacro %}{{ f(1) }}{{ f(1, 2) }}{{ f(b=3, a=4) }}{{ f() }}
{% macro f(a) %}{% set n = a %}{{ n }}{% endmacro %}{{ f(9) }}{{ n }}{% if true %}{% set n = 8 %}{% endif %}{{ n }}
{{ l | select('equalto', 'x') | list | length }}{{ [{'r': 1}, {'r': 2}] | selectattr('r', 'equalto', 2) | list | length }}
{{ [{'r': 1}, {'r': 0}, {}] | selectattr('r') | list | length }}{{ [{'r': 1}, {'r': 2}] | map(attribute='r') | join('+') }}
{{ [{'r': 1}, {}] | rejectattr('r', 'defined') | list | length }}{{ ['a', 'b'] | map('upper') | join }}{{ [0, 1] | reject | list | length }}
{{ "\\x41\\u00e9\\t|\\d" }}{{ 'it\\'s' }}{{ "tab	in" }}{{ '{{ x }}' }}{{ "%}" }}
{#- a comment {{ with }} a tag -#} a {#+ b #} {# c #}d
{{- 'a' -}} b {{- 'c' }} d {%- if 1 -%} e {%- endif +%} f
{{ dict(a=1).a }}{{ (1, 2)[1] }}{{ [1, [2, 3]][1][0] }}{{ {'a': {'b': 'c'}}.a.b }}{{ () | length }}
{{ range(3) | list | join }}{{ range(1, 3) | join }}{{ range(3, 0, -1) | join }}{{ 1.5 > 1 }}{{ n | string + 'x' }}
{{ none.x is defined }}{{ l.x is defined }}{{ true == 1 }}{{ zz == none }}{{ zz ~ 'u' }}{{ [1] + [2] | list == [1, 2] }}
{{ zz.a }}
{{ zz[0] }}
{{ zz + 'a' }}
{{ zz.strip() }}
{{ zz < 1 }}
{{ raise_exception('x') }}
""".splitlines()

# White space and line ends.
SNIPPETS += [
    "a\n  {% if 1 %}\n  b\n  {% endif %}\nc\n", "  {% if 1 %}x{% endif %}  \n  {{ n }}\n\n", "{% if 1 %}\n\n{{ n }}{% endif %}\n\n\n",
    "\n\n {#- x -#} \n y", "a {%- if 1 %} \n b {%- endif -%} \n c", "  {%+ if 1 %}\n  b{% endif %}", "{% if 1 +%}\n  b{% endif %}",
    "a\r\n{% if 1 %}\r\nb{% endif %}\rc", "x\n\t {# c #}\ny {# d #}\nz", "{{ 'a' }}\n  {% if 1 %}b{% endif %}", "{{ 'a' -}}\n  {% if 1 %}b{% endif %}",
    " {{- n }} \n {%- set x = 1 %}\n {{ x }}", "{% for x in l %}\n  {{ x }}\n{% endfor %}", "{%-if 1-%} a {%-endif-%} b", "\n", "", "{{'}}'}}", "{ {n} } {%%}"[:5],
    "{% for x in l %} {% if loop.last %}\n{% endif %}{{ x }}\n {% endfor %}\n",
]

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
