"""What the peer scripts share: running `fovea bench`, taking turns, printing ratios."""
import json
import statistics
import subprocess
import time


def bench(program, model, *arguments, seconds=1.0):
    """One `fovea bench --json` run as a dict."""
    command = [program, "bench", model, "--json", "--seconds", str(seconds), *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def take_turns(rounds, *runs):
    """Calls each function once a round; returns a list of results for each."""
    results = [[] for _ in runs]
    for _ in range(rounds):
        for result, run in zip(results, runs):
            result.append(run())
    return results


def median(values):
    return statistics.median(values)


def milliseconds(function, seconds=1.0):
    """The median time of a call."""
    function()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1e3)
    return median(times)


def report(name, own_ms, limit, flops, peers, least_share):
    """Prints one line. `peers`: name -> list of ms; `least_share`: name -> share, or none."""
    own = median(own_ms)
    line = f"{name}: fovea {own:.3f} ms ({flops / own / 1e6 / limit:.0%} of {limit:.0f} GFLOP/s)"
    for peer, times in peers.items():
        ratio = median([p / o for p, o in zip(times, own_ms)])
        share = flops / median(times) / 1e6 / limit
        line += f"; {peer} {median(times):.3f} ms ({share:.0%}), fovea {ratio:.2f} times as fast"
        if share < 0.9 * least_share.get(peer, 0):
            line += " (void)"
    print(line, flush=True)
