"""A headless Chromium that does what a person does with a page: looks, clicks, presses keys.

It is spoken to in its DevTools protocol, messages of JSON that end in NUL, over a pair of pipes.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)

KEYS = {"Tab": 9, "Enter": 13, " ": 32, "ArrowUp": 38, "ArrowDown": 40}


class Browser:
    """One page of one browser; `events` are what it has reported, such as requests."""

    def __init__(self, into: io.FileIO, out: io.BufferedReader) -> None:
        self._into, self._out = into, out
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        (page, *_) = (
            one for one in self.send("Target.getTargets")["targetInfos"] if one["type"] == "page"
        )
        attached = self.send("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._into.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._received()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def _received(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = self._out.read1(1 << 16)
            assert read, "the browser has ended"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def open(self, file: Path, address: str = "") -> None:
        """A page from a file, as soon as it is complete."""
        self.send("Page.navigate", url="about:blank")
        self.events.clear()
        self.send("Page.navigate", url=f"{file.as_uri()}#{address}")
        deadline = monotonic() + 60
        while not self.value("location.protocol === 'file:' && document.readyState === 'complete'"):
            assert monotonic() < deadline, "the page does not load"

    def value(self, script: str) -> Any:
        """What JavaScript in the page gives."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def size(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **metrics)

    def press(self, *keys: str) -> None:
        """Keys one after the other; what is no named key is typed as text."""
        for key in keys:
            code = {"key": key, "windowsVirtualKeyCode": KEYS.get(key, 0)}
            text = {"Enter": "\r", "Tab": ""}.get(key, "" if key.startswith("Arrow") else key)
            self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **code)
            self.send("Input.dispatchKeyEvent", type="keyUp", **code)

    def click(self, selector: str) -> None:
        """The left button on the middle of an element, brought into view before."""
        box = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            where = {"x": box[0], "y": box[1], "button": "left", "clickCount": 1}
            self.send("Input.dispatchMouseEvent", type=kind, **where)

    def picture(self, file: Path) -> None:
        """A screenshot of the whole page."""
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def requests(self) -> list[str]:
        """The addresses that were asked for since the page was opened."""
        sent = (one for one in self.events if one.get("method") == "Network.requestWillBeSent")
        return [one["params"]["request"]["url"] for one in sent]

    def exceptions(self) -> list[Any]:
        return [one for one in self.events if one.get("method") == "Runtime.exceptionThrown"]


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A Chromium of its own, ended afterwards."""
    commands, answers = os.pipe(), os.pipe()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"]
    own = f"--user-data-dir={profile}"

    ends = commands[0], answers[1]
    wired = f'exec "$0" "$@" 3<&{ends[0]} 4>&{ends[1]}'  # it reads from 3 and writes to 4
    process = subprocess.Popen(
        ["bash", "-c", wired, str(CHROMIUM), *flags, *quiet, own, "about:blank"],
        pass_fds=ends,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for end in ends:
        os.close(end)
    with os.fdopen(commands[1], "wb", buffering=0) as into, os.fdopen(answers[0], "rb") as out:
        try:
            yield Browser(into, out)
        finally:
            process.terminate()
            process.wait(timeout=30)
