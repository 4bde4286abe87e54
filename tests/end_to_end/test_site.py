"""The pages of all runs behind a web server, and several runs on one page; nothing is measured."""

from __future__ import annotations

import functools
import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin

import pytest

from benchhub.results.store import RunFolder

from ..past_runs import past_id, put_run
from ..unit.reports.invented import CASES, make_run
from .conftest import Shop

NIGHTS = 4
SINCE = 2
CASE = CASES[0].id


@pytest.fixture
def nights(shop: Shop) -> Shop:
    """A workspace with the same run four times, a case of which got slower; no time is true."""
    run = make_run(CASES[:2], rounds=2)
    source = RunFolder(shop.root / ".benchhub" / "runs" / run.plan.run_id)
    source.path.mkdir(parents=True)
    source.write_plan(run.plan)
    for record in run.devices:
        source.write_device(record)
    for one in run.invocations:
        source.step_folder(one).mkdir(parents=True)
        source.write_invocation(one, {})
    assert run.end
    source.write_end(run.end)
    for night in range(NIGHTS):
        slower = 1.2 if night >= SINCE else 1.0
        put_run(source, night, lambda one, slower=slower: slower if one.case_id == CASE else 1.0)  # type: ignore[misc]
    source.path.rename(shop.root / "measured")
    return shop


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as any web server does; yields its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def pages(start: str) -> dict[str, str]:
    """Return all pages that links lead to, by their addresses."""
    found: dict[str, str] = {}
    todo = [start]
    while todo:
        address = todo.pop()
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - the server above
            found[address] = answer.read().decode()
        for href in re.findall(r'href="([^"#]+)"', found[address]):
            target = urljoin(address, href)
            if href != "data:," and target not in found and target not in todo:
                todo.append(target)
    return found


def test_a_site_behind_a_web_server(nights: Shop) -> None:
    ended = nights.call("site")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("site/index.html\n")
    with served(nights.root / "site") as address:
        found = pages(f"{address}index.html")
    names = {name.removeprefix(address) for name in found}
    assert names == {
        "index.html",
        "history/example.html",
        *(f"runs/{past_id(night)}.html" for night in range(NIGHTS)),
    }
    first, last = (found[f"{address}runs/{past_id(i)}.html"] for i in (0, NIGHTS - 1))
    assert 'id="history"' not in first
    assert 'id="history"' in last
    assert "4 runs, " in found[f"{address}index.html"].partition('class="spark"')[2]
    assert nights.call("site", "--json").json["written"] == []


def test_several_runs_on_one_page(nights: Shop) -> None:
    ids = [past_id(night) for night in (0, SINCE - 1, NIGHTS - 1)]
    assert nights.call("baseline", "set", "release", ids[0]).code == 0
    ended = nights.call("report", "release", ids[1], "latest")
    assert ended.code == 0, ended.err
    page = (nights.root / ended.out.strip()).read_text()
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert title.startswith(f"{ids[2]} against release: ")
    assert "weaker than those of pairs" in page
