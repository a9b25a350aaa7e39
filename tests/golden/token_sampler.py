#!/usr/bin/env python3
"""Writes tests/golden/token_sampler.txt: which tokens transformers draws from logits, and how often.

One case a line: temperature, top-k, top-p, number of tokens, their logits, the probabilities after transformers'
processors in generate()'s order. Logits are float32 with nine digits. The first cases have UniVLA's numbers.

Oracle, for Python 3.11:

    pip install torch==2.11.0 transformers==4.40.1 "numpy<2"
    python tests/golden/token_sampler.py
"""
import pathlib

import torch
from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

FILE = pathlib.Path(__file__).resolve().parent / "token_sampler.txt"
SETTINGS = 6 * [(0.75, 50, 0.9)] + [(1.0, 3, 1.0), (1.5, 5, 0.8), (0.3, 50, 0.95), (2.0, 10, 0.5), (1.0, 16, 0.99)]


def main():
    generator = torch.Generator().manual_seed(7)
    with open(FILE, "w") as file:
        for temperature, top_k, top_p in SETTINGS:
            for scale in (0.5, 2.0, 6.0):
                logits = scale * torch.randn(1, 16, generator=generator)
                processors = LogitsProcessorList([TemperatureLogitsWarper(temperature), TopKLogitsWarper(top_k)])
                if top_p < 1:
                    processors.append(TopPLogitsWarper(top_p))
                probabilities = processors(None, logits).softmax(-1)
                numbers = [temperature, top_k, top_p, 16, *logits[0].tolist(), *probabilities[0].tolist()]
                file.write(" ".join(f"{number:.9g}" for number in numbers) + "\n")


if __name__ == "__main__":
    main()
