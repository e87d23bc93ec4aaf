"""Small templates: everything that one may have, a little at a time."""

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
