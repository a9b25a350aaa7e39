#!/usr/bin/env python3
"""Writes tests/golden/statistics.txt: intervals and p-values from SciPy.

One value or pair a line, with 17 digits:
    wilson CONFIDENCE SUCCESSES TRIALS LOW HIGH           binomtest(...).proportion_ci(method="wilson")
    clopper-pearson CONFIDENCE SUCCESSES TRIALS LOW HIGH  the same with "exact"
    jeffreys CONFIDENCE SUCCESSES TRIALS LOW HIGH         quantiles of beta(s + 1/2, n - s + 1/2); 0 without successes, 1 without
                                                          failures, as Brown, Cai and DasGupta (2001) have it
    mcnemar ONLY_A ONLY_B P                               binomtest(only_a, only_a + only_b), two-sided
    tasks LOW HIGH RATE...                                bootstrap of the mean of the tasks' rates, percentiles, 100,000 resamples
    quantile Q VALUE SAMPLE...                            numpy.quantile

Oracle, for Python 3.11:

    pip install scipy==1.17.1 numpy==2.2.6
    python tests/golden/record_statistics.py
"""
import pathlib

import numpy as np
import scipy
from scipy import stats

FILE = pathlib.Path(__file__).resolve().parent / "statistics.txt"
TRIALS = (1, 2, 10, 50, 500, 4500)
TASKS = ([0.9, 0.8, 0.96, 1.0, 0.62, 0.94, 0.88, 1.0, 0.72, 0.98], [0.2, 0.4, 0.9], [0.5, 0.5, 0.5, 0.5])


def intervals(successes, trials, confidence):
    test = stats.binomtest(successes, trials)
    yield "wilson", *test.proportion_ci(confidence, "wilson")
    yield "clopper-pearson", *test.proportion_ci(confidence, "exact")
    tail = (1 - confidence) / 2
    beta = stats.beta(successes + 0.5, trials - successes + 0.5)
    yield "jeffreys", 0 if successes == 0 else beta.ppf(tail), 1 if successes == trials else beta.ppf(1 - tail)


def main():
    assert (scipy.__version__, np.__version__) == ("1.17.1", "2.2.6"), (scipy.__version__, np.__version__)
    with open(FILE, "w") as file:

        def line(*words):
            file.write(" ".join(f"{word:.17g}" if isinstance(word, float) else str(word) for word in words) + "\n")

        for trials in TRIALS:
            for successes in sorted({0, 1, trials // 3, trials // 2, trials - trials // 20, trials - 1, trials}):
                for confidence in (0.95, 0.99):
                    for name, low, high in intervals(successes, trials, confidence):
                        line(name, confidence, successes, trials, float(low), float(high))
        for only_a, only_b in ((0, 0), (0, 1), (1, 0), (3, 3), (0, 6), (2, 9), (10, 25), (40, 41), (120, 180)):
            p = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
            line("mcnemar", only_a, only_b, float(p))
        for rates in TASKS:
            result = stats.bootstrap((np.array(rates),), np.mean, n_resamples=100_000, method="percentile",
                                     rng=np.random.default_rng(7))
            line("tasks", float(result.confidence_interval.low), float(result.confidence_interval.high), *rates)
        sample = [3, 17, 17, 20, 41, 59, 240]
        for q in (0.0, 0.1, 0.25, 0.5, 0.75, 1.0):
            line("quantile", q, float(np.quantile(sample, q)), *sample)


if __name__ == "__main__":
    main()
