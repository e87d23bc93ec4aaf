"""The mutants of a file: each breaks one line."""
import re

# What replaces what, in a line of code. An operator has spaces around it in this project's style, so that
# templates, references and comments are left alone.
OPERATORS = {"<": ["<=", ">"], "<=": ["<"], ">": [">="], ">=": [">"], "==": ["!="], "!=": ["=="], "&&": ["||"],
             "||": ["&&"], "or": ["&&"], "and": ["||"], "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"],
             "%": ["/"], "+=": ["-="]}
SWAPS = [(f" {re.escape(old)} ", [f" {new} " for new in all_new]) for old, all_new in OPERATORS.items()] + [
    (r"\btrue\b", ["false"]),
    (r"\bfalse\b", ["true"]),
    (r"\bif \((?!constexpr)", ["if (!"]),
    (r"\bbreak;", ["continue;"]),
    (r"(?<![\w.\\])0(?![\w.])", ["1"]),
    (r"(?<![\w.])1(?![\w.])", ["0", "2"]),
]
# A statement of its own line that may be left out: a call, an assignment, a step. Without a declaration
# nothing would build, and prefetching changes no result.
STATEMENT = re.compile(r"^\s+(?!return\b|case\b|using\b|const\b|static\b|auto\b|struct\b|else\b|\})"
                       r"[A-Za-z_*+][^{}]*;\s*$")
DECLARATION = re.compile(r"^\s+(?!delete\b)[A-Za-z_][\w:<>,&*\[\] ]*[ &*]\w+(\[\w*\])?(, \w+)*( = .*)?;\s*$")
SKIPPED = re.compile(r"^\s*(//|#|/?\*|static_assert|using |namespace |template|\"|fmt::print)")


def mutants_of(path, lines):
    """All (path, line number, new line) of one file."""
    for number, line in enumerate(lines):
        if SKIPPED.match(line) or "__asm__" in line or "__builtin_prefetch" in line:
            continue
        code, _, _ = line.partition("//")
        for pattern, replacements in SWAPS:
            for match in re.finditer(pattern, code):
                if code[:match.start()].count('"') % 2:
                    continue  # inside a string
                for new in replacements:
                    text = code[:match.start()] + new + code[match.end():]
                    if new == "if (!":  # the whole condition, not its first operand
                        text = negated(code, match.start())
                    if text:
                        yield path, number, text.rstrip() + "\n"
        if STATEMENT.match(code) and not DECLARATION.match(code):
            yield path, number, re.sub(r"\S.*", ";", code.rstrip()) + "\n"


def negated(code, start):
    """The line with the condition of the `if` at `start` negated; None where it goes on below."""
    opening = code.index("(", start)
    depth = 0
    for at in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return code[:opening] + "(!(" + code[opening + 1:at] + "))" + code[at + 1:]
    return None
