"""Chat templates of the common styles."""

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
