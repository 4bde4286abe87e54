"""Suites that are wrong: one line that says where and what was meant, exit code 2 (or 5)."""

from __future__ import annotations

import pytest

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop

GOOD = GOOD_MODEL + ONE_CONFIGURATION
BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (
            GOOD.replace("delegate: xnnpack", "delegate: xnnpack, thread: 2"),
            2,
            (
                "suites/mine.yaml:5:38: unknown key 'thread' in configuration 1; "
                "did you mean 'threads'?"
            ),
        ),
        (GOOD + "measure: {rounds: many}\n", 2, "suites/mine.yaml:6:11: 'rounds' has to be"),
        (
            GOOD.replace("xnnpack}", "xnnpack}, {delegate: xnnpack}"),
            2,
            "suites/mine.yaml:5:39: configurations has 'xnnpack' twice (first in line 5)",
        ),
        (GOOD + "name: again\n", 2, "suites/mine.yaml:6:1: key 'name' stands here twice"),
        (GOOD + "exclude: [{model: '*'}]\n", 5, "the matrix is empty"),
        (GOOD.replace("[{delegate: xnnpack}]", "[]"), 5, "the matrix is empty"),
        (BOMB, 2, "too many nested or repeated parts"),
        (GOOD + "tools: [litrt]\n", 2, "no tool is called 'litrt'; did you mean 'litert'?"),
        (GOOD + "measure: [\n", 2, "suites/mine.yaml:7:1: not valid YAML"),
    ],
    ids=["key", "type", "names", "twice", "excluded", "empty", "bomb", "tool", "yaml"],
)
def test_mistakes(shop: Shop, text: str, code: int, message: str) -> None:
    ended = shop.call("run", shop.suite(text), "--devices", "host")
    assert ended.code == code
    assert message in ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert not (shop.root / ".benchhub").exists()


def test_not_utf8(shop: Shop) -> None:
    (shop.root / "suites" / "mine.yaml").write_bytes("name: \u00e9\n".encode("latin-1"))
    ended = shop.call("run", "suites/mine.yaml", "--devices", "host")
    assert (ended.code, ended.err.strip()) == (
        2,
        "suites/mine.yaml:1: byte 0xe9 is not UTF-8. Save the file as UTF-8.",
    )


def test_no_such_suite_device_command_or_workspace(shop: Shop) -> None:
    missing = shop.call("run", "suites/nowhere.yaml", "--devices", "host")
    assert (missing.code, "suites/nowhere.yaml: cannot be read" in missing.err) == (2, True)
    device = shop.call("run", "suites/quickstart.yaml", "--devices", "hst")
    assert (device.code, "Did you mean 'host'?" in device.err) == (3, True)
    command = shop.call("rnu")
    assert (command.code, "there is no command 'rnu'" in command.err) == (2, True)
    nobody = shop.call("run", "suites/quickstart.yaml")
    assert (nobody.code, "--devices host" in nobody.err) == (2, True)
    shop.root.joinpath("suites").rename(shop.root / "elsewhere")
    nowhere = shop.call("run", "elsewhere/quickstart.yaml", "--devices", "host")
    assert (nowhere.code, "benchhub init" in nowhere.err) == (2, True)


def test_dry_run_measures_nothing(shop: Shop) -> None:
    ended = shop.call("run", "suites/quickstart.yaml", "--devices", "host", "--dry-run")
    assert ended.code == 0
    first = ended.out.splitlines()[0]
    assert first.startswith("quickstart: 8 cases, 5 rounds + 1 profile each, on host (about ")
    assert "  mobilenet_v2/int8/none/t2" in ended.out.splitlines()
    assert "host: 48 invocations" in ended.out
    assert not (shop.root / ".benchhub").exists()
    plan = shop.call(
        "run", "suites/quickstart.yaml", "--devices", "host", "--dry-run", "--json", "--seed", "3"
    ).json
    assert plan["seed"] == 3
    assert len(plan["invocations"]) == 48
