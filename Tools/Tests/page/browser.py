"""Headless Chromium, driven through its DevTools protocol over a pipe: what the checks of the page need of it.

Standard library only: where a pipe is, no WebSocket is needed.
"""

import base64
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What a key is called, and its code: those that the checks press.
KEYS = {
    "Enter": 13,
    "Tab": 9,
    "Escape": 27,
    "ArrowLeft": 37,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "End": 35,
    "Home": 36,
    " ": 32,
}
CONTROL, SHIFT = 2, 8


class Failure(Exception):
    """What a check found, as a sentence."""


class Browser:
    """One Chromium with a profile of its own, which goes with it."""

    def __init__(self, program: Optional[str] = None):
        program = program or os.environ.get("CHROMIUM") or next((name for name in NAMES if shutil.which(name)), None)
        if program is None:
            raise Failure("there is no chromium in PATH; Scripts/install-dependencies --chromium installs it")
        self.folder = Path(tempfile.mkdtemp(prefix="dmoerm-page-"))
        self.downloads = self.folder / "downloads"
        self.downloads.mkdir()
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        # Chromium reads from descriptor 3 and writes to 4. As root, as in a container, it has no sandbox.
        command = [
            "bash",
            "-c",
            'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"',
            "bash",
            str(to_read),
            str(from_write),
            program,
            "--headless=new",
            "--remote-debugging-pipe",
            f"--user-data-dir={self.folder / 'profile'}",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "about:blank",
        ]
        self._errors = open(self.folder / "stderr", "wb")
        self._process = subprocess.Popen(
            command, pass_fds=(to_read, from_write), stdout=self._errors, stderr=self._errors, start_new_session=True
        )
        os.close(to_read)
        os.close(from_write)
        self._input, self._output = os.fdopen(to_write, "wb", 0), os.fdopen(from_read, "rb", 0)
        self._lock, self._last = threading.Lock(), 0
        self._answers: Dict[int, "queue.Queue[Dict[str, Any]]"] = {}
        self.listeners: List[Callable[[Dict[str, Any]], None]] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.send("Browser.getVersion", seconds=60)
        self.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *exception: Any) -> None:
        try:
            self.send("Browser.close", seconds=5)
            self._process.wait(10)
        except (Failure, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(
        self, method: str, session: Optional[str] = None, seconds: float = 20, **parameters: Any
    ) -> Dict[str, Any]:
        with self._lock:
            self._last += 1
            number = self._last
            self._answers[number] = queue.Queue()
            message = {
                "id": number,
                "method": method,
                "params": parameters,
                **({"sessionId": session} if session else {}),
            }
            self._input.write(json.dumps(message).encode() + b"\0")
        try:
            answer = self._answers[number].get(timeout=seconds)
        except queue.Empty:
            raise Failure(f"chromium does not answer {method} within {seconds:g} s{self._said()}") from None
        finally:
            del self._answers[number]
        if "error" in answer:
            raise Failure(f"chromium refuses {method}: {answer['error'].get('message')}")
        return answer.get("result", {})

    def _said(self) -> str:
        self._errors.flush()
        return (
            ": " + (self.folder / "stderr").read_text(errors="replace")[-600:]
            if self._process.poll() is not None
            else ""
        )

    def _read(self) -> None:
        rest = b""
        while True:
            part = self._output.read(1 << 16)
            if not part:
                return
            *whole, rest = (rest + part).split(b"\0")
            for message in map(json.loads, whole):
                if "id" in message:
                    if message["id"] in self._answers:
                        self._answers[message["id"]].put(message)
                else:
                    for listener in self.listeners:
                        listener(message)

    def page(self) -> "Page":
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session)


class Page:
    """One tab: typing, clicking and reading as a person does."""

    def __init__(self, browser: Browser, session: str):
        self.browser, self.session = browser, session
        self.complaints: List[str] = []
        self.addresses: List[str] = []
        browser.listeners.append(self._listen)
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.send(f"{domain}.enable")
        self.resize(1280, 900)

    def send(self, method: str, **parameters: Any) -> Dict[str, Any]:
        return self.browser.send(method, self.session, **parameters)

    def _listen(self, message: Dict[str, Any]) -> None:
        if message.get("sessionId") != self.session:
            return
        parameters = message["params"]
        if message["method"] == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif message["method"] == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            # The statuses of refused requests are what some checks are about.
            if parameters["entry"]["source"] != "network":
                self.complaints.append(parameters["entry"]["text"])
        elif message["method"] == "Network.requestWillBeSent":
            self.addresses.append(parameters["request"]["url"])

    def open(self, address: str) -> None:
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'", "the page to load")

    def resize(self, width: int, height: int) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme: str) -> None:
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def read(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.send("Runtime.evaluate", expression=f"(() => {{ return {expression} }})()", returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failure(f"{expression}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def wait(self, expression: str, what: str, seconds: float = 10) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.read(expression)
            if value:
                return value
            time.sleep(0.03)
        raise Failure(
            f"waited {seconds:g} s for {what}; the page says {self.text('#messages')!r}, the browser {self.complaints}"
        )

    def text(self, selector: str) -> str:
        return self.read(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def texts(self, selector: str) -> List[str]:
        return self.read(f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.innerText)")

    def click(self, selector: str) -> None:
        """With the mouse, in the middle of the element: what covers it gets the click."""
        name = json.dumps(selector)
        self.wait(f"document.querySelector({name}) !== null", f"{selector} to be there")
        box = self.read(f"""(() => {{ const one = document.querySelector({name}); one.scrollIntoView({{block: 'center'}});
            const {{x, y, width, height}} = one.getBoundingClientRect(); return {{x: x + width / 2, y: y + height / 2, width}} }})()""")
        if not box["width"]:
            raise Failure(f"{selector} cannot be seen, so not be clicked")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box["x"], y=box["y"], button="left", clickCount=1)

    def press(self, key: str, modifiers: int = 0) -> None:
        text = "\r" if key == "Enter" and not modifiers else key if len(key) == 1 and not modifiers & CONTROL else ""
        common = {
            "key": key,
            "code": f"Key{key.upper()}" if key.isalpha() and len(key) == 1 else key,
            "modifiers": modifiers,
            "windowsVirtualKeyCode": KEYS.get(key) or ord(key.upper()),
        }
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def write(self, selector: str, text: str) -> None:
        """Clicks into a field and types in place of what is there."""
        self.click(selector)
        self.press("a", CONTROL)
        self.send("Input.insertText", text=text) if text else self.press_delete()

    def press_delete(self) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key="Delete", code="Delete", windowsVirtualKeyCode=46)

    def choose(self, selector: str, value: str) -> None:
        """An option of a select: its list is no part of the document, so there is nothing to click."""
        self.read(f"""(() => {{ const one = document.querySelector({json.dumps(selector)}); one.value = {json.dumps(value)};
            one.dispatchEvent(new Event('change', {{bubbles: true}})) }})()""")

    def give_file(self, selector: str, path: Path) -> None:
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def drop_file(self, path: Path) -> None:
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.send("Input.dispatchDragEvent", type=kind, x=300, y=300, data=data)

    def picture(self, path: Path, whole: bool = True) -> None:
        """The window, or the whole length of the page."""
        self.read("scrollTo(0, 0)")
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}} if whole else {}
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **clip)
        path.write_bytes(base64.b64decode(shot["data"]))
