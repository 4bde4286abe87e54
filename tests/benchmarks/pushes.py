"""A program: pushes 20 MB in every way, in turns, and prints the seconds as JSON.

A program of its own, because it has to run together with the daemons inside a limited network.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchhub.devices.staging import digests

from .ways import WAYS, Bay, bay, client, race

SIZE = 20_000_000
ROOM_MB = 400
PHONE = "/data/local/tmp"
VERIFIED = " + sha256sum there"


def contestants(bay: Bay, file: Path, *, limited: bool) -> dict[str, Callable[[], object]]:
    """Every way to push the file, over connections that are open except those of the clients.

    Without stock adb-shell on a limited link: its sends are short there, and it gives up.
    """
    found: dict[str, Callable[[], object]] = {}
    for way in WAYS:
        transport, link = bay.transport(way), bay.link(way)
        target = "bare" if way == "ssh" else f"{PHONE}/bare"
        found[way] = lambda t=transport: t.push(file, "pushed")  # type: ignore[misc]
        found[f"{way}, bare"] = lambda k=link, t=target: k.send(file, t)  # type: ignore[misc]
    if not limited:
        device = bay.stock_adb_shell()
        found["adb-shell"] = lambda: device.push(str(file), f"{PHONE}/stock")
    adb_push = (*bay.adb, "push", str(file), f"{PHONE}/client")
    scp, master = (*bay.scp,), (*bay.scp, *bay.master)
    copy = (str(file), f"{bay.login}:by-scp")

    def adb_verified() -> None:
        client(*adb_push)
        client(*bay.adb, "shell", "sha256sum", f"{PHONE}/client")

    def scp_verified() -> None:
        client(*master, *copy)
        client(*bay.ssh, *bay.master, bay.login, "sha256sum by-scp")

    found["adb client"] = lambda: client(*adb_push)
    found["adb client's start"] = lambda: client(*bay.adb, "get-state")
    found[f"adb client{VERIFIED}"] = adb_verified
    found["scp"] = lambda: client(*scp, *copy)
    found["scp, connection open"] = lambda: client(*master, *copy)
    found[f"scp, connection open{VERIFIED}"] = scp_verified
    return found


def limit(mbit_per_s: int, free_port: int) -> None:
    """Limit this network's loopback anew, but not between the adb client and its server.

    They talk by loopback too, which is no part of a device's link.
    """
    steps = [
        "qdisc replace dev lo root handle 1: htb default 1",
        f"class add dev lo parent 1: classid 1:1 htb rate {mbit_per_s}mbit burst 512kb",
        "class add dev lo parent 1: classid 1:2 htb rate 100gbit burst 2mb",
    ]
    for end in ("sport", "dport"):
        match = f"u32 match ip {end} {free_port} 0xffff"
        steps.append(f"filter add dev lo parent 1: protocol ip {match} flowid 1:2")
    for step in steps:
        done = subprocess.run(["tc", *step.split()], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"tc {step}: {done.stderr.strip()}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", type=int)
    parser.add_argument("--mbit", type=int, help="limit the loopback, which has to be our own")
    arguments = parser.parse_args()
    with bay(tmpfs_mb=ROOM_MB) as rigs:
        if arguments.mbit:
            limit(arguments.mbit, rigs.server.port)
        file = rigs.workspace.root / "pushed"
        file.write_bytes(os.urandom(SIZE))  # no compression can shorten it
        seconds = race(contestants(rigs, file, limited=bool(arguments.mbit)), arguments.rounds)
        for way in WAYS:
            names = ["pushed", "../../bare" if way == "ssh" else "../bare"]
            found = digests(rigs.transport(way), names)
            assert len(found) == 2, (way, found)
            assert len(set(found.values())) == 1, (way, found)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
