"""What makes inputs: a coverage-guided fuzzer, generators that know the grammar, a mutator."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from tests.fuzz.mutation import mutants, overgrown
from tests.fuzz.target import Target
from tests.fuzz.trial import Trials

ATHERIS, HYPOTHESIS, MUTATOR = "atheris", "hypothesis", "mutator"
# Of the generators, which make far fewer inputs in the same time.
GENERATED_SHARE = 0.03
# Hypothesis plans ahead for all the examples of a test.
_BATCH = 500
# Generated inputs that the coverage-guided fuzzer starts from, besides the real ones.
_KEPT = 200


def installed() -> tuple[str, ...]:
    """Return the engines that a campaign uses here."""
    guided = ATHERIS if find_spec("atheris") else MUTATOR
    return (HYPOTHESIS, guided) if find_spec("hypothesis") else (guided,)


def load(module: str, name: str, engine: str) -> Target:
    """Import a target, with counters in benchhub's code if the engine wants them."""
    if engine == ATHERIS:
        import atheris  # noqa: PLC0415 - where it is installed

        with atheris.instrument_imports(include=["benchhub"]):
            found = importlib.import_module(module)
    else:
        found = importlib.import_module(module)
    return next(target for target in found.TARGETS if target.name == name)


def overgrow(trials: Trials, inputs: int) -> None:
    """Read long inputs, that many at most."""
    for data in islice(overgrown(trials.target), inputs):
        trials.read(data)


def mutate(trials: Trials, inputs: int, seed: int) -> None:
    """Read that many inputs of the mutator."""
    for data in islice(mutants(trials.target, seed), inputs):
        trials.read(data)


def generate(trials: Trials, inputs: int, seed: int, corpus: Path) -> None:
    """Read that many generated inputs; some of them go into the corpus."""
    import hypothesis  # noqa: PLC0415 - where it is installed

    from tests.fuzz.structures import inputs as strategy  # noqa: PLC0415

    data = strategy(trials.target)
    end, batch = trials.done + inputs, 0

    def one(example: bytes) -> None:
        if trials.done < end:
            trials.read(example)
            if trials.done % max(1, inputs // _KEPT) == 0:
                keep(corpus, example)

    while trials.done < end:
        before = trials.done
        test = hypothesis.settings(
            max_examples=_BATCH,
            deadline=None,
            database=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )(hypothesis.given(data)(one))
        hypothesis.seed(f"{seed} {batch}")(test)()
        batch += 1
        if trials.done == before:
            break  # there are no others


def guide(trials: Trials, inputs: int, seed: int, corpus: Path, end: Callable[[], None]) -> None:
    """Read that many inputs that libFuzzer makes by what they reach; never returns.

    Args:
        trials: Reads them.
        inputs: How many.
        seed: Of its random numbers.
        corpus: Folder of inputs to start from, and for those that reached something new.
        end: Called at the end, before the process ends.
    """
    import atheris  # noqa: PLC0415 - where it is installed

    last = trials.done + inputs

    def one(data: bytes) -> None:
        trials.read(data)
        if trials.done >= last:
            end()
            sys.stderr.flush()
            os._exit(0)

    words = corpus.with_suffix(".dict")
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in trials.target.words))
    atheris.Setup(
        [
            "fuzz",
            f"-seed={seed % (1 << 31) + 1}",
            f"-max_len={trials.target.most_bytes}",
            "-timeout=600",
            "-report_slow_units=600",
            f"-artifact_prefix={corpus.parent}/",
            "-rss_limit_mb=0",
            "-malloc_limit_mb=0",
            "-len_control=20",
            "-print_final_stats=0",
            *([f"-dict={words}"] if trials.target.words else []),
            str(corpus),
        ],
        one,
    )
    atheris.Fuzz()


def keep(corpus: Path, data: bytes) -> None:
    """Put an input into the corpus."""
    (corpus / sha256(data).hexdigest()[:16]).write_bytes(data)


def _escaped(word: str) -> str:
    plain = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._:=,()[]{}/-@")
    return "".join(chr(one) if one in plain else f"\\x{one:02x}" for one in word.encode())
