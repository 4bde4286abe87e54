"""Invented runs whose names are odd: they want to be markup, or never seem to end."""

from __future__ import annotations

from dataclasses import replace

from benchhub.records import (
    Case,
    Configuration,
    Finding,
    ModelVariant,
    Profile,
    Run,
    Severity,
    Status,
    ToolIdentity,
)

from .invented import make_case, make_run


def hostile_run() -> Run:
    """Return a run whose every name wants to be markup."""
    evil = "<script>alert(1)</script>\"'&"
    variant = ModelVariant(evil, "float32", f"suites/{evil}.tflite", "0" * 64, 10)
    case = Case(variant, Configuration(evil, "xnnpack", 1))
    run = make_run((case,), ("host",), {("host", case.id): Status.SUSPECT})
    finding = Finding(evil, Severity.SILENT, evil, evil, evil)
    tool = ToolIdentity(evil, evil, evil, evil, evil, (evil,), (evil,))
    return replace(
        run,
        plan=replace(run.plan, suite=evil, suite_text=evil, suite_path=evil, git_commit=evil),
        devices=(replace(run.devices[0], tools=(tool,), transport=evil),),
        invocations=tuple(
            replace(
                one,
                argv=(evil, evil),
                env={evil: evil},
                artifacts=(evil,),
                reading=replace(
                    one.reading,
                    findings=(finding,),
                    profile=one.reading.profile and _hostile_profile(one.reading.profile, evil),
                ),
            )
            for one in run.invocations
        ),
    )


def _hostile_profile(profile: Profile, evil: str) -> Profile:
    ops = tuple(
        replace(op, op=evil, kernel=evil, name=evil, delegate=evil) for op in profile.ops[:3]
    )
    return replace(profile, ops=ops, source=evil)


def long_named_run() -> Run:
    """Return a run whose names are as long as a suite allows."""
    long = "a_model_with_a_name_that_never_seems_to_end_" + "x" * 36
    cases = tuple(
        make_case(variant, "xnnpack", threads, model=long, name="configuration_" + "y" * 60)
        for variant in ("float32", "int8")
        for threads in (1, 2)
    )
    return make_run(cases, ("host",), {("host", cases[0].id): Status.FAILED})
