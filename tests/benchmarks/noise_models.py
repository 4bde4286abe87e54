"""Simulated devices: how the times of one unchanged model scatter. Assumed, not measured.

    ln t = occasion + drift + process + placement + inference + spike

An occasion is one connection to a device at one time of a day: what it was left with, its
temperature, its memory. Standard deviations are of the logarithm, so 0.02 is 2 %.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Times: TypeAlias = NDArray[np.float64]

# A spike takes that much longer on average: exponentially distributed on the logarithm.
SPIKE_MEAN = 0.5
# Medians of inferences are drawn from as many simulated processes.
BANK = 100_000
INFERENCES = 50


@dataclass(frozen=True, slots=True)
class NoisyDevice:
    """A device and its scatter.

    Attributes:
        name: For the table.
        kind: What the gate takes the minimum effect from: `linux` or `android`.
        occasion: Standard deviation from one occasion to the next.
        process: Standard deviation from one fresh process to the next.
        inference: Standard deviation from one inference to the next.
        spikes: Share of the inferences that are spikes.
        drift: What it becomes slower from the begin of an occasion to its end.
        slow_share: Share of the processes that run on the slower cores.
        slow_by: How much slower these are.
    """

    name: str
    kind: str
    occasion: float
    process: float
    inference: float
    spikes: float
    drift: float
    slow_share: float = 0.0
    slow_by: float = 0.0


TUNED = NoisyDevice("board, tuned", "linux", 0.005, 0.01, 0.02, 0.01, 0.0)
BOARD = NoisyDevice("board as it comes", "linux", 0.015, 0.02, 0.03, 0.02, 0.02)
PHONE = NoisyDevice("phone", "android", 0.03, 0.03, 0.05, 0.03, 0.06)
TWO_MODES = NoisyDevice(
    "phone with two modes", "android", 0.03, 0.03, 0.05, 0.03, 0.06, slow_share=0.2, slow_by=0.15
)
DEVICES = (TUNED, BOARD, PHONE, TWO_MODES)


def one_occasion(
    device: NoisyDevice, random: np.random.Generator, rows: int, processes: int
) -> Times:
    """Return the level of each process of one occasion, as a logarithm: rows x processes."""
    shape = (rows, processes)
    occasion = random.normal(0.0, device.occasion, (rows, 1))
    drift = device.drift * np.arange(processes) / max(1, processes - 1)
    process = random.normal(0.0, device.process, shape)
    slow = random.random(shape) < device.slow_share
    return occasion + drift + process + slow * np.log1p(device.slow_by)


def inferences(
    device: NoisyDevice, random: np.random.Generator, levels: Times, count: int = INFERENCES
) -> Times:
    """Return the times of each process, in units of an unchanged median: one axis more."""
    shape = (*levels.shape, count)
    logs = levels[..., None] + _within(device, random, shape)
    times: Times = np.exp(logs)
    return times


def medians(device: NoisyDevice, random: np.random.Generator, levels: Times) -> Times:
    """Return the logarithm of the median of each process's inferences."""
    drawn: Times = levels + random.choice(_bank(device), size=levels.shape)
    return drawn


def interleaved(
    device: NoisyDevice, random: np.random.Generator, rows: int, pairs: int, change: float = 0.0
) -> Times:
    """Return ln(candidate / baseline) of each pair of one occasion, in random order inside.

    Args:
        device: Where.
        random: Source of chance.
        rows: Comparisons.
        pairs: Pairs of each.
        change: True slow-down of the candidate, as a share.
    """
    logs = medians(device, random, one_occasion(device, random, rows, 2 * pairs))
    first, second = logs[:, ::2], logs[:, 1::2]
    sign = random.choice((-1.0, 1.0), size=first.shape)
    differences: Times = sign * (second - first) + np.log1p(change)
    return differences


@functools.cache
def _bank(device: NoisyDevice) -> Times:
    """Return the logarithms of medians within a process, about 0."""
    random = np.random.default_rng(20261121)
    bank: Times = np.median(_within(device, random, (BANK, INFERENCES)), axis=1)
    return bank


def _within(device: NoisyDevice, random: np.random.Generator, shape: tuple[int, ...]) -> Times:
    within = random.normal(0.0, device.inference, shape)
    spikes = random.random(shape) < device.spikes
    drawn: Times = within + spikes * random.exponential(SPIKE_MEAN, shape)
    return drawn
