"""A fetch over a network that breaks, and from servers that misbehave: real ones, on loopback."""

from __future__ import annotations

import resource
import socket
from dataclasses import replace

import pytest

from benchhub.errors import ToolError, UsageError

from ....rigs.file_server import Answer, Cut, Drip, File, FileServer, Rude, Stall
from .stand import HASTY, IMPATIENT, ONCE, REMOTE, Stand, other, sha256, stand

__all__ = ["stand"]  # pytest finds fixtures here


def fails(stand: Stand, **more: object) -> str:
    """The message of a fetch that has to fail, which leaves no program behind."""
    with pytest.raises(ToolError) as caught:
        stand.fetch(**more)
    assert not stand.target.exists()
    assert not (stand.workspace.root / "tools.lock.yaml").exists()
    return str(caught.value)


def test_a_redirect_is_followed(stand: Stand) -> None:
    stand.server.files["/elsewhere/x"] = stand.server.files.pop(REMOTE)
    stand.server.faults += [
        Answer(302, {"Location": "/elsewhere"}),
        Answer(307, {"Location": f"{stand.server.url}/elsewhere/x"}),
    ]
    assert stand.fetch().read_bytes() == stand.program
    assert stand.statuses == [302, 307, 200]
    assert stand.locked[0]["address"] == f"{stand.server.url}{REMOTE}"


def test_redirects_that_lead_nowhere_are_refused(stand: Stand) -> None:
    stand.server.faults += [Answer(302, {"Location": REMOTE})] * 6
    assert "redirects more than 5 times" in fails(stand)
    for location in ("", "ftp://127.0.0.1/x", "file:///etc/passwd"):
        stand.server.faults.append(Answer(302, {"Location": location}))
        assert "no web address" in fails(stand)
    stand.server.faults.append(Answer(302, {"Location": "http://["}))
    assert "no web address" in fails(stand)


def test_a_cut_download_goes_on_where_it_stopped(stand: Stand) -> None:
    stand.server.faults += [Cut(200_000), Cut(100_000, reset=True)]
    assert stand.fetch().read_bytes() == stand.program
    assert stand.statuses == [200, 206, 206]
    first, second, _ = (asked.headers for asked in stand.server.asked)
    assert "Range" not in first
    assert second["Range"] == "bytes=200000-"
    assert second["If-Range"] == '"one"'
    assert stand.heard.begun[1] == (REMOTE[1:], 200_000, len(stand.program))
    assert stand.heard.most == len(stand.program)
    assert stand.said("the connection was cut")


def test_more_cuts_than_attempts_are_fine_while_it_gets_on(stand: Stand) -> None:
    stand.server.faults += [Cut(100_000)] * 6
    assert stand.fetch().read_bytes() == stand.program
    assert stand.statuses == [200] + [206] * 6


def test_cuts_that_never_get_on_end_it_and_keep_what_is_here(stand: Stand) -> None:
    stand.server.faults += [Cut(0)] + [Cut(9000)] * 9
    message = fails(stand)
    assert "the connection was cut at 18 kB of 750 kB, 3 times." in message
    assert "18 kB are kept; the same command goes on from there." in message
    assert stand.part.stat().st_size == 18_000
    stand.server.faults.clear()
    assert stand.fetch().read_bytes() == stand.program
    assert stand.server.asked[-1].headers["Range"] == "bytes=18000-"
    assert not stand.part.exists()


def test_a_server_without_ranges_sends_it_all_again(stand: Stand) -> None:
    stand.server.files[REMOTE] = File(stand.program, ranges=False)
    stand.server.faults.append(Cut(300_000))
    assert stand.fetch().read_bytes() == stand.program
    assert stand.statuses == [200, 200]
    stand.target.unlink()
    stand.server.faults += [Cut(300_000)] * 9
    with pytest.raises(ToolError, match="3 times"):
        stand.fetch()


def test_without_a_validator_it_begins_anew(stand: Stand) -> None:
    stand.server.files[REMOTE] = File(stand.program, etag="", last_modified="")
    stand.server.faults.append(Cut(300_000))
    assert stand.fetch().read_bytes() == stand.program
    assert "Range" not in stand.server.asked[1].headers


def test_a_weak_tag_proves_nothing_but_a_date_does(stand: Stand) -> None:
    stand.server.files[REMOTE] = File(stand.program, etag='W/"one"')
    stand.server.faults.append(Cut(300_000))
    assert stand.fetch().read_bytes() == stand.program
    assert stand.server.asked[1].headers["If-Range"] == "Tue, 10 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize("rude", [False, True])
def test_a_file_that_changed_between_two_pieces_begins_anew(stand: Stand, *, rude: bool) -> None:
    stand.server.faults.append(Cut(300_000))
    fails(stand, limits=ONCE)
    stand.server.files[REMOTE] = File(other(stand.program), etag='"two"')
    if rude:  # it sends the rest of the new file behind a piece of the old one
        stand.server.faults.append(Rude())
    assert stand.fetch().read_bytes() == other(stand.program)
    assert stand.statuses[1:] == ([206, 200] if rude else [200])


def test_a_file_that_became_shorter_begins_anew(stand: Stand) -> None:
    stand.server.faults.append(Cut(300_000))
    fails(stand, limits=ONCE)
    stand.server.faults.append(Answer(416, {"Content-Range": "bytes */1000"}))
    assert stand.fetch().read_bytes() == stand.program
    assert stand.statuses[1:] == [416, 200]


def test_a_stalled_server_is_left_and_asked_again(stand: Stand) -> None:
    stand.server.faults += [Stall(250_000), Stall(10_000)]
    assert stand.fetch(limits=IMPATIENT).read_bytes() == stand.program
    assert stand.statuses == [200, 206, 206]
    assert stand.said("nothing came for 0.8 s")


def test_a_server_that_takes_the_connection_and_says_nothing(stand: Stand) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert "the server does not answer, 3 times." in fails(stand, base=base, limits=IMPATIENT)


def test_a_server_that_drips_is_too_slow(stand: Stand) -> None:
    stand.server.faults += [Drip(64, 0.05)] * 9
    message = fails(stand, limits=replace(HASTY, attempts=2))
    assert "the server sent " in message
    assert " bytes in 0 s, 2 times" in message


def test_a_slow_server_is_waited_for(stand: Stand) -> None:
    stand.server.faults.append(Drip(40_000, 0.06))  # takes longer than slow_s, but is not slow
    assert stand.fetch().read_bytes() == stand.program
    assert stand.statuses == [200]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_server_in_trouble_is_asked_again(stand: Stand, status: int) -> None:
    stand.server.faults.append(Answer(status, {"Retry-After": "3600"}))
    assert stand.fetch().read_bytes() == stand.program
    assert stand.said(f"the server answers {status}; trying again in 0.05 s")
    stand.target.unlink()
    stand.server.faults += [Answer(status)] * 9
    with pytest.raises(ToolError, match=f"the server answers {status}, 3 times. Try again later"):
        stand.fetch()


@pytest.mark.parametrize("status", [404, 403, 410])
def test_what_is_not_published_is_said_at_once(stand: Stand, status: int) -> None:
    stand.server.faults += [Answer(status, body=b"<Error/>")]
    message = fails(stand)
    assert f"tflite latest for linux_x86_64 is not published: {stand.server.url}{REMOTE}" in message
    assert f"({status})" in message
    assert len(stand.server.asked) == 1


def test_other_answers_are_told(stand: Stand) -> None:
    stand.server.faults += [Answer(418), Answer(204), Answer(206)]
    assert "the server answers 418" in fails(stand)
    assert "the server answers 204" in fails(stand)


def test_a_partial_answer_that_nobody_asked_for_is_not_taken(stand: Stand) -> None:
    stand.server.faults += [Answer(206, {"Content-Range": "bytes 5-9/10"}, b"12345")] * 3
    assert "the file on the server changed, 3 times" in fails(stand)


def test_a_page_instead_of_a_program(stand: Stand) -> None:
    page = b"<!DOCTYPE html>\n<title>Log in to the network</title>\n" + bytes(9)
    stand.server.files[REMOTE] = File(page, headers={"X": "y"})
    message = fails(stand)
    assert "it is no program for linux: it begins with `<!DOCTYPE html>`" in message
    assert "login page" in message
    assert not stand.part.exists()


def test_an_empty_file(stand: Stand) -> None:
    stand.server.files[REMOTE] = File(b"")
    assert "it is no program for linux: it is empty" in fails(stand)


def test_a_program_for_another_processor(stand: Stand, benchmark_model_arm64: object) -> None:
    from pathlib import Path  # noqa: PLC0415

    assert isinstance(benchmark_model_arm64, Path)
    content = benchmark_model_arm64.with_name("benchmark_model.real").read_bytes()
    stand.server.files[REMOTE] = File(content)
    assert "it is a program for arm64, not for linux_x86_64" in fails(stand)
    stand.server.files["/linux_aarch64_benchmark_model"] = File(content)
    assert stand.fetch(platform="linux_arm64").read_bytes() == content


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_every_way_to_tell_the_end(stand: Stand, framing: str) -> None:
    stand.server.files[REMOTE] = File(stand.program, framing=framing)
    assert stand.fetch().read_bytes() == stand.program


def test_a_cut_of_chunks_is_noticed(stand: Stand) -> None:
    stand.server.files[REMOTE] = File(stand.program, framing="chunked")
    stand.server.faults.append(Cut(300_000))
    assert stand.fetch().read_bytes() == stand.program
    assert stand.server.asked[1].headers["Range"].startswith("bytes=")


def test_a_cut_that_no_length_tells_is_noticed_by_the_program(stand: Stand) -> None:
    stand.server.files[REMOTE] = File(stand.program, framing="close")
    stand.server.faults.append(Cut(300_000))
    message = fails(stand)
    assert "it is cut: 300000 bytes, and by its own header at least" in message


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_what_is_too_large_is_not_taken(stand: Stand, framing: str) -> None:
    stand.server.files[REMOTE] = File(stand.program, framing=framing)
    message = fails(stand, limits=replace(HASTY, most_bytes=500_000))
    assert "larger than 500 kB; this is no program." in message
    assert not stand.part.exists() or stand.part.stat().st_size == 0


def test_what_comes_compressed_is_not_taken(stand: Stand) -> None:
    stand.server.files[REMOTE] = File(stand.program, headers={"Content-Encoding": "gzip"})
    assert "the encoding 'gzip', which was not asked for" in fails(stand)


def test_without_a_network_it_says_what_to_do(stand: Stand) -> None:
    stand.server.close()
    message = fails(stand)
    assert f"{stand.server.place} cannot be reached (connection refused)." in message
    assert "copy tools.lock.yaml and .benchhub/tools/ over, or name a mirror" in message
    message = fails(stand, base="http://store.invalid/lite")
    assert "store.invalid cannot be reached (its name is not known here)." in message


def test_a_server_that_goes_away_meanwhile_is_waited_for(stand: Stand) -> None:
    stand.server.faults.append(Cut(100_000))

    class Closing(type(stand.heard)):  # type: ignore[misc] # a watcher that pulls the cable
        def says(self, text: str) -> None:
            super().says(text)
            if "was cut" in text:
                stand.server.close()

    heard = Closing()
    assert "cannot be reached any more (connection refused), 3 times" in fails(stand, watcher=heard)
    assert stand.part.stat().st_size == 100_000


def test_a_mirror_that_is_none_is_refused(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    for base in ("mirror.example/lite", "ftp://mirror.example", "http://", "https://x/?y=1"):
        with pytest.raises(UsageError, match="--url: "):
            stand.fetch(base=base)
    monkeypatch.setenv("BENCHHUB_TOOLS_URL_TFLITE", "mirror")
    with pytest.raises(UsageError, match="BENCHHUB_TOOLS_URL_TFLITE: 'mirror' is no web address"):
        stand.fetch(base="")
    monkeypatch.setenv("BENCHHUB_TOOLS_URL_TFLITE", stand.server.url)
    assert stand.fetch(base="").read_bytes() == stand.program


def test_a_password_in_the_address_is_shown_nowhere(stand: Stand) -> None:
    base = f"http://bench:secret@{stand.server.place}"
    assert stand.fetch(base=base).read_bytes() == stand.program
    assert stand.server.asked[0].headers["Authorization"].startswith("Basic ")
    stand.target.unlink()
    stand.server.faults += [Answer(500), Cut(1000), Answer(403)]
    with pytest.raises(ToolError) as caught:
        stand.fetch(base=base)
    text = (stand.workspace.root / "tools.lock.yaml").read_text()
    record = stand.part.with_name(f"{stand.part.name}.json").read_text()
    assert "secret" not in str(caught.value) + text + record + "".join(stand.heard.lines)


def test_a_disk_that_takes_no_more(stand: Stand) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        message = fails(stand)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert message.startswith(str(stand.part))
    assert "cannot be written: File too large." in message
    assert stand.fetch().read_bytes() == stand.program
    assert sha256(stand.program) == stand.locked[0]["sha256"]


def test_a_piece_that_was_damaged_here_is_found_by_the_lock(stand: Stand) -> None:
    stand.fetch()
    stand.target.unlink()
    stand.server.faults.append(Cut(300_000))
    with pytest.raises(ToolError, match="the connection was cut"):
        stand.fetch(limits=ONCE)
    with stand.part.open("r+b") as file:
        file.write(b"\x7fELF\0\0")
    assert stand.fetch().read_bytes() == stand.program
    assert stand.statuses[-2:] == [206, 200]


def test_two_servers_do_not_mix(stand: Stand) -> None:
    stand.server.faults.append(Cut(300_000))
    fails(stand, limits=ONCE)
    with FileServer() as mirror:
        mirror.files[REMOTE] = File(other(stand.program))
        assert stand.fetch(base=mirror.url).read_bytes() == other(stand.program)
        assert [asked.status for asked in mirror.asked] == [200]


def test_the_proxy_of_the_environment_is_used(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", stand.server.url)
    assert stand.fetch(base="http://store.invalid").read_bytes() == stand.program
    assert stand.server.asked[0].path == f"http://store.invalid{REMOTE}"
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    stand.target.unlink()
    with pytest.raises(ToolError, match="the proxy of this environment does not let it through"):
        stand.fetch(base="http://store.invalid")
