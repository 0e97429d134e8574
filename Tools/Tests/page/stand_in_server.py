#!/usr/bin/env python3
"""A server that answers as `dmoerm serve` does under /v1, without a model: for tests of what calls it.

    stand_in_server.py [--port 0] [--key KEY] [--page FILE]

Rewards are made up from the words of a text, the same for the same text. What a real server seldom does is asked for:

    POST /stand-in/faults    [{"status": 429, "retry_after": 1, "times": 2}]   the next requests under /v1 get that answer
    POST /stand-in/key       {"key": "secret"}                                 from now on a key is asked for; null ends it
    GET  /stand-in/requests  what was asked since the last time, and how many requests were under way at once

A fault has "status", "code", "message", "retry_after" (seconds), "delay" (seconds before any answer), "cut" (the connection ends
in the middle of the answer), "body" (bytes that are no JSON), "path" (only there) and "times" (1). Listens on loopback only.
"""

import argparse
import hashlib
import http.server
import json
import math
import socket
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

PAGE = Path(__file__).resolve().parents[2] / "Sources" / "DMoEServe" / "Resources" / "page.html"
MOST_BYTES = 1 << 20
TEMPERATURE = 0.9

POINTS = {
    "roleplay": [
        "character-immersion",
        "conversational-sense",
        "empathy",
        "relationship-traits",
        "personalized-expression",
        "content-richness",
    ],
    "chat": ["empathy", "factual-accuracy", "relevance", "expression"],
    "text": ["intent-conformity", "expression", "readability", "content-richness", "logic"],
    "obj_qa": ["correctness", "objectivity", "conciseness"],
    "subj_qa": ["correctness", "objectivity", "breadth"],
}
WORDS = {
    "roleplay": ["you are", "pretend", "play"],
    "chat": ["hi", "hello", "feel"],
    "text": ["write", "rewrite", "summar"],
    "obj_qa": ["what", "how many", "when", "why"],
    "subj_qa": ["should", "think", "opinion", "best"],
}
CARD = """# {name}

A stand-in: **no model** is behind it, and its rewards are made up. Use `dmoerm serve` for real ones.

| | pairs | {name} | longer reply |
|---|---:|---:|---:|
| test | 1,276 | 62.8 % | 58.9 % |

## Limits

* Texts that are HTML stay text: <img src=x onerror="document.title='broken'">.
* See [the page](https://example.org/model).
"""
MODELS: List[Dict[str, Any]] = [
    {
        "id": "stand-in-mixture",
        "capabilities": POINTS,
        "max_tokens": 768,
        "has_probabilities": True,
        "fingerprint": "5d41402abc4b2a76",
    },
    {
        "id": "stand-in-probe",
        "capabilities": {"all": []},
        "max_tokens": 512,
        "has_probabilities": False,
        "fingerprint": "7d793037a0760186",
    },
]


class Refusal(Exception):
    """A request or a response that gets no reward."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def entry(self) -> Dict[str, str]:
        return {"code": self.code, "message": self.message}


# --- Rewards


def noise(*parts: str) -> float:
    """A number in -1 ..< 1 that depends on the texts alone."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 47) - 1


def token_count(text: str) -> int:
    return math.ceil(len(text.split()) * 1.3)


def routing(model: Dict[str, Any], messages: List[Dict[str, str]]) -> Dict[str, float]:
    text = " ".join(message["content"] for message in messages if message["role"] != "assistant").lower()
    scores = {
        category: 1.4 * sum(word in text for word in WORDS.get(category, [])) + 0.6 * noise(category, text)
        for category in model["capabilities"]
    }
    total = sum(math.exp(score) for score in scores.values())
    return {category: math.exp(score) / total for category, score in scores.items()}


def breakdown(
    model: Dict[str, Any], messages: List[Dict[str, str]], response: str, category: Optional[str]
) -> Dict[str, Any]:
    """The reward of one response with its reasons, or a refusal."""
    if not response.strip():
        raise Refusal(422, "empty_response", "the response is empty; a reward needs at least one token")
    length = token_count(response) + 4
    if length > model["max_tokens"]:
        raise Refusal(422, "too_long", f"the response takes {length} tokens, {model['max_tokens']} fit; shorten it")
    # Older turns may be left out, the last one never.
    if token_count(messages[-1]["content"]) + length > model["max_tokens"]:
        raise Refusal(
            422,
            "too_long",
            f"the last turn and the response leave no room in {model['max_tokens']} tokens; shorten them",
        )
    prompt_tokens = sum(token_count(message["content"]) + 4 for message in messages)
    probabilities = routing(model, messages)
    if category:
        probabilities = {name: float(name == category) for name in probabilities}
    chosen = max(probabilities, key=lambda name: probabilities[name])
    prompt = messages[-1]["content"]
    shared = len(set(prompt.lower().split()) & set(response.lower().split()))
    base = math.tanh((len(response.split()) - 9) / 14) + 0.2 * shared + 0.5 * noise(model["id"], prompt, response)
    points = [
        {"point": point, "reward": round(base + 0.7 * noise(point, response), 6)}
        for point in model["capabilities"][chosen]
    ]
    return {
        "reward": round(base, 6),
        "category": chosen,
        "routing": probabilities,
        "capabilities": points,
        "disagreement": round(statistics.pstdev(p["reward"] for p in points), 6) if points else 0,
        "is_mixture": False,
        "tokens": min(prompt_tokens + length, model["max_tokens"]),
        "is_truncated": prompt_tokens + length > model["max_tokens"],
    }


# --- Requests


def conversation(item: Dict[str, Any]) -> Tuple[List[Dict[str, str]], List[str]]:
    if ("prompt" in item) == ("messages" in item):
        raise Refusal(400, "invalid_request", "give one of prompt and messages")
    messages = item.get("messages")
    if messages is None:
        system = item.get("system")
        messages = ([{"role": "system", "content": system}] if system else []) + [
            {"role": "user", "content": item["prompt"]}
        ]
    if (
        not isinstance(messages, list)
        or not messages
        or not all(
            isinstance(m, dict) and isinstance(m.get("role"), str) and isinstance(m.get("content"), str)
            for m in messages
        )
    ):
        raise Refusal(400, "invalid_request", "messages is a list of objects with role and content, both texts")
    for message in messages:
        if message["role"] not in ("system", "developer", "user", "assistant") or not message["content"].strip():
            raise Refusal(400, "invalid_request", "a message has a role that conversations do not have, or says nothing")
    if ("response" in item) == ("responses" in item):
        raise Refusal(400, "invalid_request", "give one of response and responses")
    responses = item["responses"] if "responses" in item else [item["response"]]
    if not isinstance(responses, list) or not responses or not all(isinstance(text, str) for text in responses):
        raise Refusal(400, "invalid_request", "responses is a list of texts, at least one")
    return messages, responses


def result(model: Dict[str, Any], item: Dict[str, Any], with_breakdown: bool) -> Dict[str, Any]:
    messages, responses = conversation(item)
    category = item.get("category")
    if category is not None and category not in model["capabilities"]:
        raise Refusal(400, "unknown_category", f"the model has no category {category!r}")
    found: List[Any] = []
    for response in responses:
        try:
            found.append(breakdown(model, messages, response, category))
        except Refusal as refusal:
            found.append(refusal)
    rewards: List[Any] = [None if isinstance(one, Refusal) else one["reward"] for one in found]
    preferences = None
    if model["has_probabilities"]:
        preferences = [
            [None if a is None or b is None else 1 / (1 + math.exp((b - a) / TEMPERATURE)) for b in rewards]
            for a in rewards
        ]
    answer = {
        "rewards": rewards,
        "errors": [one.entry() if isinstance(one, Refusal) else None for one in found],
        "ranking": sorted((i for i, reward in enumerate(rewards) if reward is not None), key=lambda i: -rewards[i]),
        "preferences": preferences,
    }
    if with_breakdown:
        answer["breakdowns"] = [None if isinstance(one, Refusal) else one for one in found]
    return answer


def named_model(name: Any) -> Dict[str, Any]:
    for model in MODELS:
        if name in (None, model["id"]):
            return model
    raise Refusal(404, "unknown_model", "there is no model of that name here; GET /v1/models lists them")


def rewards(request: Any) -> Dict[str, Any]:
    if not isinstance(request, dict):
        raise Refusal(400, "invalid_request", "the body is a JSON object")
    model = named_model(request.get("model"))
    items = request.get("items")
    if items is None:
        items = [request]
    results = [result(model, item, bool(request.get("breakdown"))) for item in items]
    if all(error for one in results for error in one["errors"]):
        first = results[0]["errors"][0]
        raise Refusal(422, first["code"], first["message"])
    return {
        "id": "rewards-stand-in",
        "object": "rewards",
        "created": int(time.time()),
        "model": model["id"],
        "bundle": {"name": model["id"], "fingerprint": model["fingerprint"]},
        "results": results,
        "usage": {"prompt_tokens": 12, "response_tokens": 30, "cached_tokens": 0, "total_tokens": 42},
    }


def described(model: Dict[str, Any]) -> Dict[str, Any]:
    return {
        **model,
        "object": "model",
        "created": 1764000000,
        "owned_by": "dmoerm",
        "categories": list(model["capabilities"]),
    }


# --- The server


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    server: "StandInServer"

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.answered("GET")

    def do_POST(self) -> None:
        self.answered("POST")

    def answered(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length <= MOST_BYTES else b""
        if self.path.startswith("/stand-in/"):
            return self.control(method, body)
        self.server.begin(self.path, dict(self.headers), body)
        try:
            if length > MOST_BYTES:
                self.close_connection = True
                raise Refusal(413, "payload_too_large", f"the body has {length} bytes, {MOST_BYTES} are taken")
            if self.path.startswith("/v1/"):
                if self.fault():
                    return None
                self.check_key()
            self.route(method, body)
        except Refusal as refusal:
            self.refuse(refusal)
        return None

    def check_key(self) -> None:
        key = self.server.key
        if key is not None and self.headers.get("Authorization") != f"Bearer {key}":
            raise Refusal(401, "unauthorized", "this server asks for a key: Authorization: Bearer KEY")

    def route(self, method: str, body: bytes) -> None:
        if method == "GET" and self.path == "/":
            return self.send(200, self.server.page.read_bytes(), "text/html; charset=utf-8")
        if method == "GET" and self.path == "/health":
            return self.send_json(200, {"status": "ok", "ready": True})
        if method == "GET" and self.path == "/v1/models":
            return self.send_json(200, {"object": "list", "data": [described(model) for model in MODELS]})
        if method == "GET" and self.path.startswith("/v1/models/") and self.path.endswith("/card"):
            model = named_model(self.path[len("/v1/models/") : -len("/card")])
            if model is not MODELS[0]:
                raise Refusal(404, "not_found", "this bundle has no model card")
            return self.send(200, CARD.format(name=model["id"]).encode(), "text/markdown; charset=utf-8")
        if method == "POST" and self.path == "/v1/rewards":
            try:
                request = json.loads(body)
            except ValueError:
                raise Refusal(400, "invalid_request", "the body is no JSON") from None
            return self.send_json(200, rewards(request))
        raise Refusal(404, "not_found", "there is nothing at this path")

    def fault(self) -> bool:
        """Answers with the fault that is due, if one is."""
        fault = self.server.due_fault(self.path)
        if fault is None:
            return False
        time.sleep(min(fault.get("delay", 0), 20))
        if fault.get("cut"):
            self.server.end()
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"results": [')
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return True
        if "body" in fault:
            self.send(fault.get("status", 200), fault["body"].encode(), "application/json")
            return True
        if "status" not in fault:
            return False
        self.refuse(
            Refusal(fault["status"], fault.get("code", "queue_full"), fault.get("message", "the queue is full")),
            fault.get("retry_after"),
        )
        return True

    def control(self, method: str, body: bytes) -> None:
        if method == "POST" and self.path == "/stand-in/faults":
            self.server.add_faults(json.loads(body))
            return self.send_json(200, {})
        if method == "POST" and self.path == "/stand-in/key":
            self.server.key = json.loads(body)["key"]
            return self.send_json(200, {})
        if method == "GET" and self.path == "/stand-in/requests":
            return self.send_json(200, self.server.take_requests())
        return self.send_json(404, {})

    def refuse(self, refusal: Refusal, retry_after: Optional[int] = None) -> None:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        error = {**refusal.entry(), "type": "invalid_request_error" if refusal.status < 500 else "server_error"}
        self.send_json(refusal.status, {"error": error}, headers)

    def send_json(self, status: int, value: Any, headers: Optional[Dict[str, str]] = None) -> None:
        self.send(status, json.dumps(value).encode(), "application/json", headers)

    def send(self, status: int, body: bytes, kind: str, headers: Optional[Dict[str, str]] = None) -> None:
        # Before the answer goes, since the next request may come before this thread runs again.
        if not self.path.startswith("/stand-in/"):
            self.server.end()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Request-Id", self.headers.get("X-Request-Id") or "stand-in")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class StandInServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0, key: Optional[str] = None, page: Path = PAGE):
        super().__init__(("127.0.0.1", port), Handler)
        self.key, self.page = key, page
        self._lock = threading.Lock()
        self._faults: List[Dict[str, Any]] = []
        self._requests: List[Dict[str, Any]] = []
        self.under_way = self._most_under_way = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the server's."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, ValueError)):
            super().handle_error(request, client_address)

    def add_faults(self, faults: List[Dict[str, Any]]) -> None:
        with self._lock:
            self._faults += [dict(fault) for fault in faults for _ in range(fault.get("times", 1))]

    def due_fault(self, path: str) -> Optional[Dict[str, Any]]:
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.get("path", path) == path:
                    return self._faults.pop(index)
        return None

    def take_requests(self) -> Dict[str, Any]:
        with self._lock:
            taken = {"requests": self._requests, "most_at_once": self._most_under_way}
            self._requests, self._most_under_way = [], self.under_way
            return taken

    def begin(self, path: str, headers: Dict[str, str], body: bytes) -> None:
        with self._lock:
            self._requests.append(
                {"path": path, "headers": headers, "body": body.decode("utf-8", "replace"), "time": time.monotonic()}
            )
            self.under_way += 1
            self._most_under_way = max(self._most_under_way, self.under_way)

    def end(self) -> None:
        with self._lock:
            self.under_way -= 1

    def __enter__(self) -> "StandInServer":
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.shutdown()
        self.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key")
    parser.add_argument("--page", type=Path, default=PAGE)
    arguments = parser.parse_args()
    server = StandInServer(arguments.port, arguments.key, arguments.page)
    print(server.address, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
