#!/usr/bin/env python3
"""Prints the polynomials of kernels/impl/math-inl.h (needs numpy and mpmath).

Minimax fits by Lawson's reweighted least squares. The coefficient of the lowest free power is
rounded to f32 and fixed, then the rest is fitted again, until none is left.
"""
import mpmath
import numpy as np

mpmath.mp.dps = 40
POINTS = 600


def longdouble(x):
    return np.longdouble(mpmath.nstr(x, 30))


def minimax(powers, x, y, weight):
    """Coefficients of `powers` that minimise max |weight * (y - polynomial(x))|."""
    a = np.stack([x**p for p in powers], 1) * weight[:, None]
    b = y * weight
    lawson = np.ones(len(x), dtype=np.longdouble) / len(x)
    best_error, best = None, None
    for _ in range(300):
        s = np.sqrt(lawson)
        c = np.zeros(len(powers), dtype=np.longdouble)
        for _ in range(2):  # the second solution refines the first beyond double precision
            scaled = ((a * s[:, None]).astype(float), ((b - a @ c) * s).astype(float))
            c = c + np.linalg.lstsq(*scaled, rcond=None)[0]
        error = np.abs(b - a @ c)
        if best is None or error.max() < best_error:
            best_error, best = error.max(), c
        lawson = lawson * error
        lawson /= lawson.sum()
    return best


def fit(name, f, powers, low, high, fixed=(), relative=True):
    """f on [low, high]; `fixed` maps powers to coefficients that are exact."""
    middle, radius = (mpmath.mpf(low) + high) / 2, (mpmath.mpf(high) - low) / 2
    nodes = [middle + radius * mpmath.cos(mpmath.pi * (i + 0.5) / POINTS) for i in range(POINTS)]
    x = np.array([longdouble(n) for n in nodes])
    y = np.array([longdouble(f(n)) for n in nodes])
    weight = 1 / np.abs(y) if relative else np.ones_like(y)
    coefficients = {p: np.longdouble(c) for p, c in dict(fixed).items()}
    for i in range(len(powers)):
        rest = y - sum(c * x**p for p, c in coefficients.items())
        coefficients[powers[i]] = np.longdouble(np.float32(minimax(powers[i:], x, rest, weight)[0]))
    error = np.abs(weight * (y - sum(c * x**p for p, c in coefficients.items()))).max()
    print(f"{name}: error {float(error) * 2**24:.3f} * 2^-24")
    for p in sorted(coefficients, reverse=True):
        print(f"  x^{p:<2} {float(coefficients[p]).hex()}")


def scaled_tail(t):
    """Q(a) e^(a^2 / 2) with a = (1 / t - 1) / 0.35, Q the upper tail of the normal distribution."""
    a = (1 / t - 1) / mpmath.mpf("0.35")
    return mpmath.erfc(a / mpmath.sqrt(2)) * mpmath.exp(a * a / 2) / 2


half_ln2, quarter_pi = mpmath.log(2) / 2 * 1.0001, mpmath.pi / 4 * 1.001
fit("exp2", lambda x: mpmath.mpf(2)**x, [1, 2, 3, 4, 5, 6], -0.5, 0.5, {0: 1})
fit("exp", mpmath.exp, [2, 3, 4, 5, 6], -half_ln2, half_ln2, {0: 1, 1: 1})
fit("sine", mpmath.sin, [3, 5, 7], 1e-6, quarter_pi, {1: 1})
fit("cosine", mpmath.cos, [4, 6, 8], 0, quarter_pi, {0: 1, 2: -0.5}, relative=False)
fit("tanh", mpmath.tanh, [3, 5, 7, 9, 11], 1e-4, 0.625, {1: 1})
root = mpmath.sqrt(2) * (1 + mpmath.mpf(2)**-20)
fit("log2", lambda f: mpmath.log(1 + f, 2) / f, list(range(9)), 1 / root - 1, root - 1)
fit("normal tail", scaled_tail, list(range(10)), 1 / (1 + 13.5 * mpmath.mpf("0.35")), 1)
