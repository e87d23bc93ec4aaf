"""Instructions of an operator as a sum of what it does, fitted to counts."""

import itertools


def solve(rows, wanted, columns):
    """Least squares of relative errors over some columns; None where it is singular or negative."""
    size = len(columns)
    m = [[0.0] * (size + 1) for _ in range(size)]
    for row, y in zip(rows, wanted):
        scaled = [row[c] / y for c in columns] + [1.0]
        for i in range(size):
            for j in range(size + 1):
                m[i][j] += scaled[i] * scaled[j]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(m[r][i]))
        m[i], m[pivot] = m[pivot], m[i]
        if abs(m[i][i]) < 1e-9 * max(abs(x) for x in m[i]) or m[i][i] == 0:
            return None
        for r in range(size):
            if r != i:
                factor = m[r][i] / m[i][i]
                m[r] = [a - factor * b for a, b in zip(m[r], m[i])]
    result = [0.0, 0.0, 0.0, 0.0]
    for i, column in enumerate(columns):
        result[column] = m[i][size] / m[i][i]
    return result if min(result) >= 0 else None


def fit(samples):
    rows = [(s["multiply_adds"], s["elements"], s["results"], 1.0) for s, _ in samples]
    wanted = [float(max(y, 1)) for _, y in samples]
    best, least = None, None
    for columns in (c for n in (4, 3, 2, 1) for c in itertools.combinations(range(4), n)):
        rate = solve(rows, wanted, columns)
        if rate is None:
            continue
        error = sum((sum(a * b for a, b in zip(rate, row)) / y - 1) ** 2
                    for row, y in zip(rows, wanted))
        if least is None or error < 0.98 * least:
            best, least = rate, error
    return best
