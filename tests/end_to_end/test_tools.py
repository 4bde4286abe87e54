"""`benchhub tools`: fetching from a real web server, killed on the way, and measuring with it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from benchhub.devices.digest import sha256_of

from ..rigs.file_server import Cut, File, FileServer, Stall
from ..rigs.launcher import launcher
from ..rigs.process_tree import wait_until
from ..rigs.sshd_device import Sshd
from .conftest import GOOD_MODEL, ONE_CONFIGURATION, PROGRAM, Ended, Shop
from .device_bench import Bench, bench

__all__ = ["bench"]  # pytest finds fixtures here

SUITE = (
    GOOD_MODEL
    + ONE_CONFIGURATION
    + "tools: [benchmark_model]\n"
    + "measure: {rounds: 1, profile_rounds: 0, num_runs: 3, warmup_runs: 1, timeout: 120}\n"
)
HERE = "linux_x86_64"
PROGRAM_HERE = f".benchhub/tools/benchmark_model/{HERE}/benchmark_model"
REMOTE = "linux_x86-64_benchmark_model"
SIZE = 600_000


@pytest.fixture
def store(benchmark_model: Path) -> Iterator[FileServer]:
    """A server with a program for this machine that is one file, as the official one is."""
    with FileServer() as server:
        server.files[f"/{REMOTE}"] = File(launcher("x86_64", str(benchmark_model), SIZE))
        yield server


def env(store: FileServer) -> dict[str, str]:
    return {
        "BENCHHUB_TOOLS_URL_TFLITE": store.url,
        "BENCHHUB_TOOLS_URL_LITERT": f"{store.url}/litert",
        "NO_PROXY": "127.0.0.1",
        "BENCHHUB_BENCHMARK_MODEL": "",
    }


def call(shop: Shop, store: FileServer, *words: str) -> Ended:
    return shop.call(*words, **env(store))


def test_fetch_then_measure(shop: Shop, store: FileServer) -> None:
    """The whole way: a fresh workspace, a fetch that is cut, a run with what was fetched."""
    store.faults.append(Cut(200_000))
    ended = call(shop, store, "tools", "fetch")
    assert (ended.code, ended.out) == (0, f"{PROGRAM_HERE}\n"), ended.err
    assert f"{REMOTE}: the connection was cut at 200 kB of 600 kB; trying again" in ended.err
    digest = sha256_of(shop.root / PROGRAM_HERE)
    assert f"{PROGRAM_HERE}: tflite latest, 600 kB, sha256 {digest}" in ended.err
    assert digest in (shop.root / "tools.lock.yaml").read_text()

    ended = call(shop, store, "run", shop.suite(SUITE), "--devices", "host")
    assert ended.code == 0, ended.err
    (invocation,) = shop.run().invocations
    assert invocation.reading.latency is not None
    assert invocation.reading.latency.median_us or invocation.reading.latency.mean_us
    (identity,) = shop.run().devices[0].tools
    assert (identity.path, identity.sha256) == (PROGRAM_HERE, digest)

    # What was fetched is only used as long as it is what is locked.
    content = (shop.root / PROGRAM_HERE).read_bytes()
    (shop.root / PROGRAM_HERE).write_bytes(content[:-1] + b"?")
    ended = call(shop, store, "run", shop.suite(SUITE), "--devices", "host")
    assert ended.code == 3, ended.err
    assert f"tools.lock.yaml says {digest}" in ended.err
    assert f"benchhub tools fetch --family tflite --platform {HERE}" in ended.err
    (shop.root / PROGRAM_HERE).write_bytes(content)

    store.close()
    again = call(shop, store, "tools", "fetch", "-q")
    assert (again.code, again.out, again.err) == (0, f"{PROGRAM_HERE}\n", "")


def test_a_killed_fetch_goes_on(shop: Shop, store: FileServer) -> None:
    part = shop.root / f".benchhub/tools/.downloads/tflite-latest-{HERE}/{REMOTE}.part"
    for number, ending in enumerate((signal.SIGKILL, signal.SIGINT), start=1):
        store.stalled.clear()
        store.faults.append(Stall(100_000 * number))
        process = shop.start("tools", "fetch", **env(store))
        assert store.stalled.wait(30)
        wait_until(partial(has_size, part, 100_000 if number == 1 else 300_000), "the piece")
        process.send_signal(ending)
        _, err = process.communicate(timeout=30)
        assert process.returncode == (-9 if ending is signal.SIGKILL else 130)
        assert "Traceback" not in err
        assert not (shop.root / PROGRAM_HERE).exists()
        assert not (shop.root / "tools.lock.yaml").exists()
    ended = call(shop, store, "tools", "fetch")
    assert ended.code == 0, ended.err
    assert store.asked[-1].headers["Range"] == "bytes=300000-"
    assert (shop.root / PROGRAM_HERE).read_bytes() == store.files[f"/{REMOTE}"].content


def has_size(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size == size


def test_troubles_are_one_line_and_exit_codes(shop: Shop, store: FileServer) -> None:
    assert call(shop, store, "tools", "fetch").code == 0
    content = store.files[f"/{REMOTE}"].content
    store.files[f"/{REMOTE}"] = File(content[:-1] + b"?", etag='"two"')
    (shop.root / PROGRAM_HERE).unlink()
    for words, code, message in (
        ((), 3, "tools.lock.yaml says"),
        (("--platform", "linux_aarch64"), 3, "tflite latest for linux_arm64 is not published"),
        (("--platform", "linux_arm", "--family", "litert"), 3, "--family tflite"),
        (("--platform", "windows"), 2, "there is no platform 'windows'. Known: linux_x86_64"),
        (("--device", "pixel9"), 3, "there is no devices/pixel9.yaml"),
        (("--device", "host", "--platform", HERE), 2, "Give one of them."),
        (("--url", "mirror"), 2, "--url: 'mirror' is no web address"),
        (("--version", "2.14"), 3, "only latest is published"),
        (("--hexagon",), 3, "Hexagon is reached from Android only"),
    ):
        ended = call(shop, store, "tools", "fetch", *words)
        assert (ended.code, ended.out) == (code, ""), ended.err
        assert message in ended.err
        assert "\n" not in ended.err.strip().splitlines()[-1]
    assert call(shop, store, "tools", "fetch", "--update").code == 0
    (shop.root / "tools.lock.yaml").write_text("version: 1\nfiles:\n- family: tflite\n")
    ended = call(shop, store, "tools", "list")
    assert ended.code == 2
    assert "tools.lock.yaml:3:3: key 'version' is missing in file 1" in ended.err
    store.close()
    (shop.root / "tools.lock.yaml").unlink()
    ended = call(shop, store, "tools", "fetch", "--update")
    assert ended.code == 3
    assert f"{store.place} cannot be reached (connection refused)" in ended.err


def test_a_terminal_shows_a_bar_and_a_pipe_does_not(shop: Shop, store: FileServer) -> None:
    controller, terminal = pty.openpty()
    try:
        process = subprocess.Popen(
            [str(PROGRAM), "tools", "fetch"],
            cwd=shop.root,
            env={**os.environ, **env(store), "TERM": "xterm", "COLUMNS": "100"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=terminal,
        )
        out, _ = process.communicate(timeout=60)
        os.set_blocking(controller, False)
        shown = os.read(controller, 1 << 16).decode()
    finally:
        os.close(controller)
        os.close(terminal)
    assert (process.returncode, out.decode()) == (0, f"{PROGRAM_HERE}\n")
    assert REMOTE in shown
    assert "kB" in shown
    piped = call(shop, store, "tools", "fetch", "--update")
    assert "\x1b" not in piped.err
    assert "\r" not in piped.err


def test_the_list_says_what_is_there(
    shop: Shop, store: FileServer, benchmark_model_arm64: Path
) -> None:
    ended = call(shop, store, "tools", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "There are no programs yet: benchhub tools fetch" in ended.err
    arm64 = benchmark_model_arm64.with_name("benchmark_model.real").read_bytes()
    store.files["/android_aarch64_benchmark_model"] = File(arm64)
    store.files["/android_aarch64_libhexagon_interface.so"] = File(arm64)
    assert call(shop, store, "tools", "fetch").code == 0
    phone = call(shop, store, "tools", "fetch", "--platform", "android_arm64", "--hexagon")
    assert phone.code == 0, phone.err
    folder = ".benchhub/tools/benchmark_model/android_arm64"
    assert "hexagon_nn_skel_v1.20.0.0.run" in phone.err
    assert f"libhexagon_nn_skel_v66.so into {folder}/" in phone.err
    mine = shop.root / ".benchhub/tools/benchmark_model/linux_arm/benchmark_model"
    mine.parent.mkdir()
    mine.write_bytes(b"mine")

    ended = call(shop, store, "tools", "list", "--json")
    assert ended.code == 0, ended.err
    by_platform = {program["platform"]: program for program in ended.json["programs"]}
    here = by_platform[HERE]
    assert (here["family"], here["version"], here["locked"]) == ("tflite", "latest", "as locked")
    assert here["size_bytes"] == SIZE
    assert "op profile csv" in here["abilities"]
    assert "external" in here["abilities"]
    assert "result proto" not in here["abilities"]  # the rig is of TensorFlow 2.14
    assert "enable_op_profiling" in here["flags"]
    assert by_platform["android_arm64"]["flags"] is None
    assert by_platform["android_arm64"]["beside"] == ["libhexagon_interface.so"]
    assert "this machine is linux_x86_64" in by_platform["android_arm64"]["note"]
    assert by_platform["linux_arm"]["version"] is None
    assert by_platform["linux_arm"]["locked"] == "not locked"

    (shop.root / PROGRAM_HERE).write_bytes(b"\x7fELF damaged")
    text = shop.call("tools", "list", COLUMNS="80", **env(store))
    assert text.code == 0
    assert max(map(len, text.out.splitlines())) <= 80
    line = next(line for line in text.out.splitlines() if line.split()[2:3] == [HERE])
    assert line.split()[-1] == "differs"
    wide = shop.call("tools", "list", COLUMNS="300", **env(store))
    assert len(wide.out.splitlines()) == 4


def test_for_a_board_it_asks_the_board(
    bench: Bench, store: FileServer, board: Sshd, benchmark_model_arm64: Path
) -> None:
    """A Cortex-A72: what LiteRT offers would end with SIGILL, what TFLite offers runs."""
    shutil.copytree(benchmark_model_arm64.parent, board.home / "rig")
    program = launcher("arm64", "/home/bench/rig/benchmark_model", SIZE)
    store.files["/linux_aarch64_benchmark_model"] = File(program)
    store.files["/litert/latest/linux_arm64/benchmark_model"] = File(program)
    bench.board("board", board)

    refused = bench.call("tools", "fetch", "--device", "board", "--family", "litert", **env(store))
    assert (refused.code, refused.out, store.asked) == (3, "", [])
    assert "board: LiteRT's linux_arm64 program needs the dotprod instructions" in refused.err
    assert "benchhub tools fetch --device board --family tflite" in refused.err

    ended = bench.call("tools", "fetch", "--device", "board", **env(store))
    assert ended.code == 0, ended.err
    assert ended.out == ".benchhub/tools/benchmark_model/linux_arm64/benchmark_model\n"
    assert not (board.home / ".cache").exists()  # asking leaves nothing there

    ended = bench.call("run", bench.shop.suite(SUITE), "--devices", "board", **env(store))
    assert ended.code == 0, ended.err
    (invocation,) = bench.shop.run().invocations
    assert invocation.reading.latency is not None


def test_help_loads_no_network_library(shop: Shop) -> None:
    code = (
        "import sys, benchhub.cli, benchhub.cli.tools.fetch, benchhub.cli.tools.list;"
        "print([name for name in ('requests', 'urllib3', 'pydantic', 'rich', 'yaml')"
        " if name in sys.modules])"
    )
    python = PROGRAM.with_name("python")
    result = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(result.stdout.replace("'", '"')) == []
