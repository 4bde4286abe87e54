"""Every kind of page that benchhub writes, of INVENTED EXAMPLE NUMBERS, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from benchhub.analysis.history import make_history
from benchhub.analysis.summary import summarise
from benchhub.records import Invocation, Profile, Run
from benchhub.reports import html
from benchhub.reports.history_page import render_history_html
from benchhub.reports.html import render_html
from benchhub.reports.runs_page import render_runs_html
from benchhub.reports.site import Entry, render_site_html, trends

from ..unit.reports import accelerated, invented, lab, odd_names, spoilt, varied
from ..unit.reports.test_history import slower_past
from ..unit.reports.test_verdict_page import PAGES as COMPARISONS


def report(run: Run) -> str:
    return render_html(summarise(run), invented.logs)


def several() -> tuple[Run, ...]:
    """Three runs of one suite, the second on another system."""
    run = invented.invented_run()
    host, *others = run.devices
    other = replace(host, facts=replace(host.facts, kernel="6.13.0"))
    changed = replace(run, devices=(other, *others))
    return tuple(
        replace(one, plan=replace(one.plan, run_id=f"01SEVER{i}"))
        for i, one in enumerate((run, changed, run))
    )


def runs(spoil: Callable[[str], str] | None = None) -> str:
    made = [spoilt.spoilt_run(run, spoil) if spoil else run for run in several()]
    return render_runs_html([summarise(run) for run in made])


ENTRIES = tuple(
    Entry(
        run_id=f"01SITE{i:02d}",
        names=("main",) if i == 3 else (),
        href=f"runs/01SITE{i:02d}.html",
        title="Fastest on host: mobilenet_v2 int8 xnnpack t2, 0.101 ms",
        created=f"2026-11-{20 - i // 4:02d} 14:32",
        commit="3f9c1b2a",
        suite="example",
        what="8 cases on host and pi4",
        done=48,
        planned=48,
        kind="" if i else "interrupted",
    )
    for i in range(30)
)


def site(spoil: Callable[[str], str] | None = None) -> str:
    entries, history = ENTRIES, make_history(slower_past())
    notes = ("3 runs were left out: they are damaged.",)
    if spoil:
        entries, history, notes = (spoilt.spoilt(one, spoil) for one in (entries, history, notes))
    return render_site_html(entries, trends([(history, "history/example.html")]), notes)


def spoilt_logs(spoil: Callable[[str], str]) -> Callable[[Invocation], dict[str, str]]:
    return lambda one: {name: spoil(text) for name, text in invented.logs(one).items()}


def spoilt_report(run: Run, spoil: Callable[[str], str]) -> str:
    return render_html(summarise(spoilt.spoilt_run(run, spoil)), spoilt_logs(spoil))


def brief() -> str:
    """A page with every section and few rows: what looks at each element takes its time."""
    run = invented.make_run(invented.CASES[:3], ("host", "pi4"), invented.FATES, rounds=2)
    spared = tuple(
        replace(one, reading=replace(one.reading, profile=profile and _shortened(profile)))
        for one in run.invocations
        for profile in (one.reading.profile,)
    )
    return report(replace(run, invocations=spared))


def large() -> str:
    """The same as a large run has it: what is closed is no part of the page yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "LARGE", 0)
        return brief()


def _shortened(profile: Profile) -> Profile:
    return replace(profile, ops=profile.ops[:6])


MAKERS: Mapping[str, Callable[[], str]] = {
    "brief": brief,
    "report": lambda: report(invented.invented_run()),
    "interrupted": lambda: report(invented.interrupted_run()),
    "lab": lambda: report(lab.lab_run()),
    "accelerated": lambda: report(accelerated.accelerated_run()),
    "varied": lambda: report(varied.varied_run()),
    "unlabelled": lambda: report(varied.unlabelled_run()),
    "long_named": lambda: report(odd_names.long_named_run()),
    "large": large,
    "comparison": COMPARISONS["everything"],
    "apart": COMPARISONS["apart"],
    "nothing": COMPARISONS["nothing"],
    "runs": runs,
    "site": site,
    "history": lambda: render_history_html(make_history(slower_past())),
    "evil": lambda: spoilt_report(varied.varied_run(), spoilt.evil),
    "tame": lambda: spoilt_report(varied.varied_run(), spoilt.tame),
    "evil_delegates": lambda: spoilt_report(accelerated.accelerated_run(), spoilt.evil),
    "evil_comparison": COMPARISONS["hostile"],
    "evil_runs": lambda: runs(spoilt.evil),
    "evil_site": lambda: site(spoilt.evil),
    "endless": lambda: spoilt_report(invented.make_run(invented.CASES[:1]), spoilt.endless),
}
