"""From a suite to its cases, and from cases to the order of the work. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from benchhub.errors import ConfigError, NoCasesError
from benchhub.records import (
    DEFAULT_TOOL,
    Case,
    Configuration,
    Measure,
    ModelVariant,
    PlannedInvocation,
    Purpose,
)
from benchhub.suites.configurations import ConfigurationEntry, Locate
from benchhub.suites.suite import Addition, Filter, Suite, SuiteFile

# Start of a process, loading and preparing of a model of some MB; for the estimate only.
PROCESS_START_S = 0.3
# A file of some KiB can multiply to millions of cases; nobody has the time to measure as many.
MOST_CASES = 20_000
# Cases that are held against all rules of `exclude` and `include`, about three seconds.
MOST_COMPARISONS = 500_000

Variants = Mapping[tuple[str, str], ModelVariant]


def expand(suite: Suite, variants: Variants, locate: Locate = str) -> tuple[Case, ...]:
    """Return the cases: models x configurations x threads x tools, less `exclude`, plus `include`.

    Args:
        suite: The suite.
        variants: What is known of each file, by model and variant.
        locate: Turns a file that the suite names into one of the workspace.

    Raises:
        ConfigError: A filter, the reference or the canary matches no case, or there are far too
            many cases.
        NoCasesError: No case is left.
    """
    file, document = suite.file, suite.document
    _check_size(suite, variants)
    cases = {case.id: case for case in _product(file, variants, locate)}
    for index, rule in enumerate(file.exclude):
        left_out = [case.id for case in cases.values() if _matches(rule, case)]
        if not left_out:
            where = document.place(("exclude", index))
            raise ConfigError(f"{where}: this exclude matches no case of the matrix.")
        for case_id in left_out:
            del cases[case_id]
    for index, addition in enumerate(file.include):
        added = list(_added(file, variants, addition, locate))
        if not added:
            where = document.place(("include", index))
            raise ConfigError(f"{where}: this include matches no model and configuration.")
        cases |= {case.id: case for case in added}
    if not cases:
        raise NoCasesError(
            f"{document.name}: the matrix is empty: no case is left to measure.",
            "Look at models, configurations and exclude.",
        )
    if file.reference and all(case.way != file.reference for case in cases.values()):
        raise ConfigError(
            f"{document.place(('reference',))}: reference '{file.reference}' is no case of this "
            "suite.",
            f"Cases read like {next(iter(cases.values())).way}.",
        )
    _check_canary(suite, tuple(cases.values()))
    return tuple(cases.values())


def _check_size(suite: Suite, variants: Variants) -> None:
    """Refuse what would take all memory or time. Raises ConfigError."""
    file, name = suite.file, suite.document.name
    threads = sum(len(entry.threads) for entry in file.configurations)
    cases = sum(len(model.variants) for model in file.models) * threads * len(_tools(file))
    if cases > MOST_CASES:
        raise ConfigError(
            f"{name}: models, configurations, threads and tools make {cases} cases, more than "
            f"{MOST_CASES}.",
            "Part it into several suites.",
        )
    added = len(variants) * len(file.configurations) * len(_tools(file))
    if len(file.exclude) * cases + len(file.include) * added > MOST_COMPARISONS:
        raise ConfigError(
            f"{name}: too many rules in exclude and include for so many cases.",
            "Write fewer, with * for a part, or part it into several suites.",
        )


def _check_canary(suite: Suite, cases: Sequence[Case]) -> None:
    """Refuse a canary that is never measured: the history would be divided by nothing.

    Without a tool in its id it is that case with each tool.

    Raises:
        ConfigError: No case is called that.
    """
    canary = suite.file.canary
    known = [case.id for case in cases] + [f"{case.variant.model}/{case.way}" for case in cases]
    if canary is None or canary in known:
        return
    close = get_close_matches(canary, known, n=1)
    hint = f"Did you mean '{close[0]}'?" if close else f"Cases read like {known[0]}."
    where = suite.document.place(("canary",))
    raise ConfigError(f"{where}: canary '{canary}' is no case of this suite.", hint)


def _product(suite: SuiteFile, variants: Variants, locate: Locate) -> Iterator[Case]:
    for tool in _tools(suite):
        for model in suite.models:
            for variant in model.variants:
                for entry in suite.configurations:
                    for threads in entry.threads:
                        configuration = _configuration(suite, entry, threads, locate)
                        yield Case(variants[model.name, variant], configuration, tool)


def _tools(suite: SuiteFile) -> tuple[str, ...]:
    return tuple(tool.name for tool in suite.tools) or (DEFAULT_TOOL,)


def _configuration(
    suite: SuiteFile, entry: ConfigurationEntry, threads: int, locate: Locate
) -> Configuration:
    return Configuration(
        name=entry.label,
        delegate=entry.delegate,
        threads=threads,
        affinity=entry.affinity or "",
        options=entry.options(locate),
        extra_flags=entry.flags(),
        budgets=(entry.budgets or suite.budgets).record(),
    )


def _added(
    suite: SuiteFile, variants: Variants, addition: Addition, locate: Locate
) -> Iterator[Case]:
    for tool in _tools(suite):
        for variant in variants.values():
            for entry in suite.configurations:
                configuration = _configuration(suite, entry, addition.threads, locate)
                case = Case(variant, configuration, tool)
                if _matches(addition, case):
                    yield case


def _matches(rule: Filter, case: Case) -> bool:
    return (
        fnmatchcase(case.variant.model, rule.model)
        and fnmatchcase(case.variant.variant, rule.variant)
        and fnmatchcase(case.configuration.name, rule.configuration)
        and fnmatchcase(case.tool, rule.tool)
        and rule.threads in (None, case.configuration.threads)
    )


def order(
    cases: Sequence[Case],
    devices: Sequence[str],
    measure: Measure,
    seed: int,
    left_out: Callable[[str, Case], bool] = lambda _device, _case: False,
    once: Sequence[Purpose] = (),
) -> tuple[PlannedInvocation, ...]:
    """Return the work of each device: rounds in random order, the profile rounds, then `once`.

    Each round visits every case once, so that drift of the device meets all cases alike. The
    order is decided by the seed and the name of the device alone.
    """
    steps: list[PlannedInvocation] = []
    for device in devices:
        ids = [case.id for case in cases if not left_out(device, case)]
        shuffler = random.Random(f"{seed}/{device}")  # noqa: S311 - an order, no secret
        number = 0
        for purpose, rounds in (
            (Purpose.LATENCY, measure.rounds),
            (Purpose.PROFILE, measure.profile_rounds),
            *((purpose, 1) for purpose in once),
        ):
            for turn in range(1, rounds + 1):
                shuffler.shuffle(ids)
                for case_id in ids:
                    number += 1
                    steps.append(PlannedInvocation(number, device, case_id, turn, purpose))
    return tuple(steps)


def paired_order(
    pairs: Sequence[tuple[Case, Case]],
    devices: Sequence[str],
    rounds: Mapping[Purpose, int],
    seed: int,
    left_out: Callable[[str, Case], bool] = lambda _device, _case: False,
) -> tuple[PlannedInvocation, ...]:
    """Return the work of a comparison: both sides of a case one right after the other.

    Which side goes first is drawn anew for each pair, so that what the first process leaves behind
    (a warm device, a full cache) meets both sides alike.

    Args:
        pairs: Baseline and candidate of each case.
        devices: Names.
        rounds: Pairs of each purpose, in the order in which they are measured.
        seed: Decides the order, together with the name of the device.
        left_out: Cases that are not measured on a device; their partner is not, either.
    """
    steps: list[PlannedInvocation] = []
    for device in devices:
        mine = [pair for pair in pairs if not any(left_out(device, case) for case in pair)]
        shuffler = random.Random(f"{seed}/{device}")  # noqa: S311 - an order, no secret
        number = 0
        for purpose, turns in rounds.items():
            for turn in range(1, turns + 1):
                shuffler.shuffle(mine)
                for pair in mine:
                    for case in shuffler.sample(pair, 2):
                        number += 1
                        steps.append(PlannedInvocation(number, device, case.id, turn, purpose))
    return tuple(steps)


def estimate_s(measure: Measure, invocations: Collection[PlannedInvocation]) -> float:
    """Estimate the seconds of that work; less than needed where num_runs outlast min_secs."""
    each = measure.warmup_min_secs + measure.min_secs + measure.cooldown_s
    timed = sum(step.purpose is not Purpose.VERIFY for step in invocations)
    return PROCESS_START_S * len(invocations) + each * timed
