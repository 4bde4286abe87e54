#!/usr/bin/env python3
"""A TCP proxy on 127.0.0.1 that breaks connections: stall, cut, reset, slow, also in mid packet.

    p = FaultProxy(("127.0.0.1", 5555))             # connect the client to 127.0.0.1:p.port
    p.arm("stall", "down", after=1500)              # 1500 more bytes from the device, then nothing
    p.arm("reset", "up", after=100_000)             # RST in the middle of an upload
    p.arm("cut", "down", after=30, min_block=100)   # 30 bytes into the first block of >= 100 bytes
    p.rate["up"] = 5e6                              # bytes per second
    p.heal()                                        # end of all faults; stalled connections go on
    p.drop(reset=True)                              # end the open connections now
    p.silent = True                                 # new connections are accepted and get no answer
    p.close()

"up" is client to device, "down" the other way. Blocks are what one recv() returned, not packets of
the protocol. Faults hold for every connection, open or new; `after` counts per direction over all
connections from arm() on.

By hand: faultproxy.py HOST:PORT [--port N] [--rate up=5e6]
    [--fault KIND,DIRECTION,AFTER[,MIN_BLOCK[,SECONDS]]]
prints the port and runs until its standard input ends.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["stall", "cut", "reset"]
Direction = Literal["up", "down"]
BLOCK_BYTES = 16384


@dataclass(slots=True, eq=False)
class Rule:
    """One armed fault: what happens after `left` more bytes."""

    kind: Kind
    left: int
    min_block: int
    seconds: float | None

    def split(self, data: bytes) -> tuple[bytes, bytes, bool]:
        """What still passes, what is held back, and whether the fault comes now."""
        if len(data) < self.min_block:
            return b"", data, False
        self.min_block = 0
        head, rest = data[: self.left], data[self.left :]
        self.left -= len(head)
        return head, rest, bool(rest) or self.left == 0


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Both ends of one connection; no device end where the proxy is silent."""

    client: socket.socket
    device: socket.socket | None

    def end(self, *, reset: bool) -> None:
        for end in (self.client, self.device):
            if end is None:
                continue
            with contextlib.suppress(OSError):  # the other side may have gone already
                if reset:  # linger 0: RST instead of FIN
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # shutdown wakes the thread that reads here
                end.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
            end.close()


class FaultProxy:
    """The proxy, listening on 127.0.0.1:`port` from its construction until close()."""

    def __init__(
        self, target: tuple[str, int], port: int = 0, receive_buffer_bytes: int | None = None
    ) -> None:
        self.target = target
        self.silent = False
        self.rate: dict[Direction, float | None] = {"up": None, "down": None}
        self.passed: dict[Direction, int] = {"up": 0, "down": 0}  # bytes forwarded so far
        self._rules: dict[Direction, Rule] = {}
        self._pairs: set[Pair] = set()
        self._lock = threading.Lock()
        self._healed = threading.Event()
        self._server = socket.socket()
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer_bytes:  # inherited by accepted sockets: small = the client blocks early
            self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self._server.bind(("127.0.0.1", port))
        self._server.listen(16)
        self.host = "127.0.0.1"
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(
        self,
        kind: Kind,
        direction: Direction = "down",
        after: int = 0,
        min_block: int = 0,
        seconds: float | None = None,
    ) -> None:
        """A fault after `after` bytes; with `seconds` a stall ends by itself after that time."""
        if kind not in ("stall", "cut", "reset") or direction not in self.rate:
            raise ValueError(f"no fault {kind} {direction}: stall, cut or reset; up or down")
        with self._lock:
            self._healed.clear()
            self._rules[direction] = Rule(kind, after, min_block, seconds)

    def heal(self) -> None:
        """No fault any more; what was stalled goes on."""
        with self._lock:
            self._rules.clear()
            self._healed.set()

    def drop(self, *, reset: bool = False) -> None:
        """End all open connections now (FIN, or RST)."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair, reset=reset)

    def close(self) -> None:
        """Stop listening and end all connections."""
        self.heal()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._server.close()
        self.drop()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:  # closed
                return
            if self.silent:
                with self._lock:
                    self._pairs.add(Pair(client, None))
                continue
            try:
                device = socket.create_connection(self.target, timeout=10)
            except OSError:
                client.close()
                continue
            device.settimeout(None)
            for end in (client, device):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = Pair(client, device)
            with self._lock:
                self._pairs.add(pair)
            for way in (("up", client, device, pair), ("down", device, client, pair)):
                threading.Thread(target=self._pump, args=way, daemon=True).start()

    def _end(self, pair: Pair, *, reset: bool = False) -> None:
        with self._lock:
            if pair not in self._pairs:  # the other thread was first
                return
            self._pairs.remove(pair)
        pair.end(reset=reset)

    def _send(self, direction: Direction, to: socket.socket, data: bytes) -> None:
        if not data:
            return
        to.sendall(data)
        self.passed[direction] += len(data)
        if rate := self.rate[direction]:
            time.sleep(len(data) / rate)

    def _split(self, direction: Direction, data: bytes) -> tuple[bytes, bytes, Rule | None]:
        with self._lock:
            rule = self._rules.get(direction)
            if rule is None:
                return b"", data, None
            head, rest, hit = rule.split(data)
            return head, rest, rule if hit else None

    def _stall(self, direction: Direction, rule: Rule) -> None:
        self._healed.wait(rule.seconds)
        with self._lock:
            if rule.seconds and self._rules.get(direction) is rule:
                del self._rules[direction]

    def _pump(
        self, direction: Direction, source: socket.socket, to: socket.socket, pair: Pair
    ) -> None:
        reset = False
        with contextlib.suppress(OSError):
            while data := source.recv(BLOCK_BYTES):
                head, rest, rule = self._split(direction, data)
                self._send(direction, to, head)
                if rule is not None and rule.kind == "stall":
                    self._stall(direction, rule)
                elif rule is not None:
                    reset = rule.kind == "reset"
                    break
                self._send(direction, to, rest)
        self._end(pair, reset=reset)


def main() -> None:
    """The proxy as a program."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rate", action="append", default=[])
    parser.add_argument("--fault", action="append", default=[])
    asked = parser.parse_args()
    host, port = asked.target.rsplit(":", 1)
    proxy = FaultProxy((host, int(port)), asked.port)
    for rate in asked.rate:
        way, value = rate.split("=")
        proxy.rate[cast("Direction", way)] = float(value)
    for fault in asked.fault:
        kind, way, *rest = fault.split(",")
        seconds = float(rest[2]) if rest[2:] else None
        after, min_block = [*map(int, rest[:2]), 0, 0][:2]
        proxy.arm(cast("Kind", kind), cast("Direction", way), after, min_block, seconds)
    print(proxy.port, flush=True)  # noqa: T201 - its one line of output
    sys.stdin.read()
    proxy.close()


if __name__ == "__main__":
    main()
