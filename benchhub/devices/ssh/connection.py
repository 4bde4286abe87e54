"""One SSH connection to a device, through its jump hosts, with every host key verified."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import paramiko

from benchhub.devices.ssh.channel import WINDOW_BYTES, MarkingTransport
from benchhub.devices.ssh.greeting import GreetingSocket, open_socket
from benchhub.devices.ssh.guard import Guard
from benchhub.devices.ssh.keys import Agent, Keys, collect_keys
from benchhub.devices.ssh.known_hosts import HostKey, KnownKeys, read_known_keys
from benchhub.devices.ssh.settings import Hop
from benchhub.devices.ssh.tunnel import TunnelStream
from benchhub.errors import AccessError, ConnectionLostError, TransportError

KEEP_ALIVE_S = 15
OPEN_S = 10.0
# One pass over the data for both encryption and checksum, in hardware on nearly every machine.
QUICKEST_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr")

# paramiko logs what it also raises; without a handler that would go to stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class Connection:
    """An open connection. Its channels may be used by several threads; `abort` by any."""

    def __init__(self, name: str, hops: Sequence[Hop], trusted: Path) -> None:
        """Prepare it; `open` connects.

        Args:
            name: The device, for messages.
            hops: Jump hosts in order, and the device last.
            trusted: The known_hosts file of the workspace.
        """
        self.name = name
        self.hops = tuple(hops)
        self.trusted = trusted
        self._socket: GreetingSocket | None = None
        self._transports: list[MarkingTransport] = []
        self._lock = threading.Lock()
        self._ended_because: str | None = None

    @property
    def place(self) -> str:
        """Where the device is, for messages."""
        return f"{self.hops[-1].user}@{self.hops[-1]}"

    def open(self) -> None:
        """Connect, verify and log in at every hop.

        Raises:
            ConnectionLostError: It cannot be reached.
            AccessError: A host key is not known or changed, or no key of ours is accepted.
        """
        try:
            for index, hop in enumerate(self.hops):
                key = self.greet(index)
                self.verify(hop, key)
                self.log_in(hop)
        except BaseException:
            self.close()
            raise
        # Idle or not, something is sent now and then: TCP_USER_TIMEOUT ends the connection when
        # nobody acknowledges it.
        for transport in self._transports:
            transport.set_keepalive(KEEP_ALIVE_S)

    def greet(self, index: int) -> HostKey:
        """Connect to that hop through the one before, and return the key it proves to have.

        Raises:
            ConnectionLostError: It cannot be reached, or is no SSH server.
        """
        hop = self.hops[index]
        if index == 0:
            self._socket = open_socket(self.name, hop)
            stream: Any = self._socket
        else:
            stream = self._through(self.hops[index - 1], hop)
        transport = MarkingTransport(stream)
        transport.banner_timeout = transport.handshake_timeout = hop.connect_s
        transport.auth_timeout = None  # the guard's: a timeout there reads like a refusal
        _prefer(transport, self.known(hop))
        self._transports.append(transport)
        try:
            with self.guard(hop.connect_s):
                transport.start_client()
                key = transport.get_remote_server_key()
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._no_greeting(index, hop, error) from error
        return HostKey(key.get_name(), key.asbytes())

    def known(self, hop: Hop) -> KnownKeys:
        """Return what the workspace and the user know of that server, the workspace first."""
        return read_known_keys((self.trusted, *hop.known_hosts), hop.known_as)

    def verify(self, hop: Hop, key: HostKey) -> None:
        """Refuse a server whose key is not known.

        Raises:
            AccessError: The key is unknown, is another one than before, or was revoked.
        """
        known = self.known(hop)
        jump = "" if hop is self.hops[-1] else f" of jump host {hop}"
        if key in known.revoked:
            raise AccessError(
                f"{self.name}: host key{jump} is marked as revoked ({key.fingerprint}).",
                "Do not connect before its owner has explained why.",
            )
        if key in known.trusted:
            return
        if not known.trusted:
            raise AccessError(
                f"{self.name}: host key{jump} is not known ({key.fingerprint}).",
                f"Trust it: benchhub devices trust {self.name}",
            )
        same_kind = [old for old in known.trusted if old.kind == key.kind]
        was = (same_kind or known.trusted)[0]
        raise AccessError(
            f"{self.name}: host key{jump} changed (was {was.fingerprint}, is {key.fingerprint}).",
            f"If the board was reinstalled: benchhub devices trust {self.name}",
        )

    def log_in(self, hop: Hop) -> None:
        """Log in at the hop that was greeted last.

        Raises:
            AccessError: None of our keys is accepted.
            ConnectionLostError: The connection broke meanwhile.
        """
        transport = self._transports[-1]
        agent = Agent()
        refused = False
        try:
            keys = collect_keys(hop, agent)
            with self.guard(hop.connect_s):
                for offer in keys.offers:
                    try:
                        if not transport.auth_publickey(hop.user, offer.key):
                            return
                    except paramiko.BadAuthenticationType as error:
                        raise AccessError(
                            f"{self.name}: {hop.user}@{hop} accepts no keys, only "
                            f"{', '.join(error.allowed_types)}.",
                            "Switch PubkeyAuthentication on there.",
                        ) from error
                    except paramiko.AuthenticationException:
                        # Without a connection it is none: a server that has refused enough keys
                        # ends it, and so does a line that is cut.
                        if not transport.is_active():
                            break
                        refused = True
            if keys.offers and not refused:
                raise self.lost("logging in")
            self._check_alive()
            raise self._refused(hop, keys)
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self.lost("logging in", error) from error
        finally:
            agent.close()

    def open_channel(self) -> paramiko.Channel:
        """Open a further session on it.

        Raises:
            TransportError: The device allows no more sessions.
            ConnectionLostError: The connection broke, or the device does not answer.
        """
        try:
            with self.guard(OPEN_S):
                return self._transports[-1].open_session(window_size=WINDOW_BYTES, timeout=OPEN_S)
        except paramiko.ChannelException as error:
            raise TransportError(
                f"{self.name}: {self.place} opens no further session ({error.text}).",
                "Its sshd_config may set MaxSessions too low.",
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self.lost("starting a command", error) from error

    def guard(self, limit_s: float, measure: Callable[[], Hashable] | None = None) -> Guard:
        """Return a guard that ends the connection when nothing moves for `limit_s`."""
        because = f"nothing came for {limit_s:g} s"
        if measure is None:
            return Guard(limit_s, lambda: self.abort(because))
        return Guard(limit_s, lambda: self.abort(because), measure)

    def is_open(self) -> bool:
        """Say whether it is still of use, as far as is known here."""
        return self._ended_because is None and self._transports[-1].is_active()

    def lost(self, doing: str, error: BaseException | None = None) -> ConnectionLostError:
        """Return the error for a connection that broke while `doing`, and end it for good."""
        why = self._ended_because or self._why() or _said(error) or "it was closed there"
        self.abort(why)
        return ConnectionLostError(
            f"{self.name}: the connection to {self.place} broke while {doing}: {why}."
        )

    def abort(self, because: str) -> None:
        """End it now; everybody who waits for it gets an error. Never blocks."""
        with self._lock:
            if self._ended_because is None:
                self._ended_because = because
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it and let go of everything."""
        self.abort("it was closed here")
        for transport in reversed(self._transports):
            transport.close()
        if self._socket is not None:
            self._socket.close()

    def _through(self, jump: Hop, hop: Hop) -> TunnelStream:
        try:
            with self.guard(hop.connect_s):
                channel = self._transports[-1].open_channel(
                    "direct-tcpip",
                    (hop.host, hop.port),
                    ("127.0.0.1", 0),
                    window_size=WINDOW_BYTES,
                    timeout=hop.connect_s,
                )
                return TunnelStream(channel)
        except paramiko.ChannelException as error:
            raise ConnectionLostError(
                f"{self.name}: jump host {jump} does not get through to {hop} ({error.text})."
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self.lost(f"connecting through {jump}", error) from error

    def _no_greeting(self, index: int, hop: Hop, error: BaseException) -> ConnectionLostError:
        first = self._socket.first if index == 0 and self._socket is not None else b"SSH-"
        waited = self._ended_because is not None or isinstance(error.__context__, TimeoutError)
        self.abort("no greeting")
        lines = first.splitlines()
        if lines and not any(line.startswith(b"SSH-") for line in lines):
            line = lines[0][:60].decode("ascii", "backslashreplace")
            return ConnectionLostError(
                f"{self.name}: {hop} is no SSH server (it says `{line}`).",
                f"Check `address:` and `port:` in devices/{self.name}.yaml.",
            )
        if waited:
            what = f"connects but did not answer as an SSH server within {hop.connect_s:g} s"
        elif not first:
            what = "closed the connection without a greeting"
        else:
            what = f"broke off the SSH handshake: {_said(error) or 'closed there'}"
        return ConnectionLostError(f"{self.name}: {hop} {what}.")

    def _refused(self, hop: Hop, keys: Keys) -> AccessError:
        who = f"{hop.user}@{hop}"
        file = f"devices/{self.name}.yaml"
        if keys.locked:
            return AccessError(
                f"{self.name}: the key {keys.locked[0]} is locked with a passphrase, and no "
                "agent has it.",
                f"Give it to the agent: ssh-add {keys.locked[0]}",
            )
        if keys.offers:
            tried = ", ".join(dict.fromkeys(offer.label for offer in keys.offers))
            return AccessError(
                f"{self.name}: {who} does not accept our key ({tried}).",
                f"Add it there: ssh-copy-id -p {hop.port} {hop.user}@{hop.host}, or change "
                f"`user:` or `identity:` in {file}.",
            )
        if keys.missing or keys.damaged:
            path = (keys.missing + keys.damaged)[0]
            what = "there is no key file" if keys.missing else "cannot read the key file"
            return AccessError(f"{self.name}: {what} {path}.", f"Change `identity:` in {file}.")
        return AccessError(
            f"{self.name}: there is no key to log in with at {who}.",
            f"Make one (ssh-keygen -t ed25519), then ssh-copy-id -p {hop.port} "
            f"{hop.user}@{hop.host}",
        )

    def _check_alive(self) -> None:
        if self._ended_because is not None:
            raise self.lost("logging in")

    def _why(self) -> str:
        for transport in self._transports:
            if (said := _said(transport.saved_exception)) and not transport.is_active():
                return said
        return ""


def _prefer(transport: paramiko.Transport, known: KnownKeys) -> None:
    """Ask for the quickest cipher, and for a host key of a type that we can compare."""
    options = transport.get_security_options()
    ciphers = [cipher for cipher in QUICKEST_CIPHERS if cipher in options.ciphers]
    options.ciphers = tuple(dict.fromkeys([*ciphers, *options.ciphers]))
    wanted: list[str] = []
    for key in known.trusted:
        rsa = ("rsa-sha2-512", "rsa-sha2-256")  # one key, three names of signatures
        wanted += rsa if key.kind == "ssh-rsa" else (key.kind,)
    kinds = [kind for kind in wanted if kind in options.key_types]
    options.key_types = tuple(dict.fromkeys([*kinds, *options.key_types]))


def _said(error: BaseException | None) -> str:
    if error is None or isinstance(error, EOFError):
        return ""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).splitlines()[0].rstrip(".") if str(error) else ""
