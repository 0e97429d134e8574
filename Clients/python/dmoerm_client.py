"""Rewards from `dmoerm serve`, for Python programs and trainers. One file, standard library only, Python 3.9 or newer.

    from dmoerm_client import Client

    client = Client("http://127.0.0.1:8000")
    client.score("Why is the sky blue?", "Air scatters blue light more than red.")     # 0.66
    client.scores("Why is the sky blue?", ["It just is.", "Air scatters blue light."])  # [0.07, 0.43]

What has no reward is an exception, never a number. `AsyncClient` has the same methods for asyncio, and
`reward_function` is what TRL's trainers take as `reward_funcs`.
"""

from __future__ import annotations

import asyncio
import email.utils
import functools
import http.client
import json
import logging
import math
import random
import socket
import ssl
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar, Union

__version__ = "0.1.0"
__all__ = [
    "AsyncClient",
    "AsyncRewardFunction",
    "Breakdown",
    "Client",
    "ConnectionFailed",
    "DeadlineExceeded",
    "DMoERMError",
    "InvalidRequest",
    "MalformedAnswer",
    "Model",
    "NoReward",
    "Overloaded",
    "Prompt",
    "Result",
    "RewardFunction",
    "ServerError",
    "Unauthorized",
    "UnknownCategory",
    "UnknownModel",
    "async_reward_function",
    "reward_function",
]

DEFAULT_ADDRESS = "http://127.0.0.1:8000"
Message = Mapping[str, Any]
#: A user's text, or the messages of a conversation: {"role": ..., "content": ...}, oldest first.
Prompt = Union[str, Sequence[Message]]

_log = logging.getLogger("dmoerm_client")
_Value = TypeVar("_Value")


# --- Errors


class DMoERMError(Exception):
    """Why there is no reward. All exceptions of this file are of this class; none holds the text of a prompt or a key."""


class ConnectionFailed(DMoERMError):
    """The server was not reached, or it ended the connection, in every try."""


class DeadlineExceeded(DMoERMError):
    """The time that the call was given is over."""


class MalformedAnswer(DMoERMError):
    """What answered is no `dmoerm serve`, or none that this file understands."""


class ServerError(DMoERMError):
    """The server said no.

    `code` is its word for why (`too_long`, `unknown_model`, ...), `status` that of HTTP, `request_id` what its log has.
    """

    def __init__(self, status: int, code: str, message: str, request_id: Optional[str] = None):
        super().__init__(f"{message} ({code}, HTTP {status})" + (f", request {request_id}" if request_id else ""))
        self.status, self.code, self.message, self.request_id = status, code, message, request_id


class InvalidRequest(ServerError):
    """The request is wrong, and will be the next time."""


class Unauthorized(ServerError):
    """The server asks for a key, or has another."""


class UnknownModel(ServerError):
    """The server has no model of that name."""


class UnknownCategory(ServerError):
    """The model has no category of that name."""


class Overloaded(ServerError):
    """The queue was full, or the server stopping, in every try."""


class NoReward(ServerError):
    """A response that cannot be scored: empty, too long, or its reward is not finite.

    `index` is its place among the responses of the call. `rewards` has those of the others, None where there is none.
    """

    index: int = 0
    rewards: Sequence[Optional[float]] = ()


# Of these a response is the reason, so that a trainer can go on without it.
_ABOUT_RESPONSES = ("empty_response", "too_long", "not_finite")
_ERRORS: Dict[str, Type[ServerError]] = {
    **{code: NoReward for code in _ABOUT_RESPONSES},
    "unauthorized": Unauthorized,
    "unknown_model": UnknownModel,
    "unknown_category": UnknownCategory,
    "queue_full": Overloaded,
    "shutting_down": Overloaded,
}


def _server_error(status: int, code: str, message: str, request_id: Optional[str]) -> DMoERMError:
    if code == "deadline_exceeded":
        return DeadlineExceeded(f"{message} ({code}, HTTP {status})")
    by_status: Type[ServerError] = ServerError
    if status in (429, 503):
        by_status = Overloaded
    elif status == 401:
        by_status = Unauthorized
    elif 400 <= status < 500:
        by_status = InvalidRequest
    return _ERRORS.get(code, by_status)(status, code, message, request_id)


# --- Answers


@dataclass(frozen=True)
class Model:
    """A model of the server: what `models` lists."""

    id: str
    categories: Tuple[str, ...]
    #: The capability points of every category; none where a category has no experts.
    capabilities: Mapping[str, Tuple[str, ...]]
    #: Tokens of conversation and response that are read.
    max_tokens: int
    #: Whether differences of rewards are also given as probabilities of preference.
    has_probabilities: bool
    fingerprint: str


@dataclass(frozen=True)
class Breakdown:
    """A reward with its reasons."""

    reward: float
    #: The category whose experts gave the reward.
    category: str
    #: The router's probability of every category.
    routing: Mapping[str, float]
    #: What each capability expert says, in a unit of its own.
    capabilities: Mapping[str, float]
    #: The standard deviation of what the experts say; 0 without experts.
    disagreement: float
    is_mixture: bool
    #: Tokens read, template included.
    tokens: int
    #: Whether the conversation's oldest turns were left out to fit.
    is_truncated: bool


@dataclass(frozen=True)
class Result:
    """The rewards of the responses to one prompt, in their order."""

    model: str
    #: Changes whenever any weight of the bundle does.
    fingerprint: str
    #: None beside an entry of `errors`.
    rewards: Tuple[Optional[float], ...]
    errors: Tuple[Optional[NoReward], ...]
    #: Places of the responses that have a reward, the best first.
    ranking: Tuple[int, ...]
    #: [i][j]: how probable it is that people prefer i over j; None where the bundle keeps no temperature.
    preferences: Optional[Tuple[Tuple[Optional[float], ...], ...]]
    #: Only where they were asked for.
    breakdowns: Optional[Tuple[Optional[Breakdown], ...]]

    def complete(self) -> List[float]:
        """The rewards; raises the `NoReward` of the first response that has none."""
        found: List[float] = []
        for index, (reward, error) in enumerate(zip(self.rewards, self.errors)):
            if reward is None:
                raise error or MalformedAnswer(f"response {index} has neither a reward nor an error")
            found.append(reward)
        return found


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MalformedAnswer(f"a number was expected, and it is {type(value).__name__}")
    return float(value)


def _breakdown(value: Mapping[str, Any]) -> Breakdown:
    return Breakdown(
        reward=_number(value["reward"]),
        category=str(value["category"]),
        routing={str(name): _number(share) for name, share in value["routing"].items()},
        capabilities={str(one["point"]): _number(one["reward"]) for one in value["capabilities"]},
        disagreement=_number(value["disagreement"]),
        is_mixture=bool(value["is_mixture"]),
        tokens=int(value["tokens"]),
        is_truncated=bool(value["is_truncated"]),
    )


def _optional(read: Callable[[Any], _Value], values: Iterable[Any]) -> Tuple[Optional[_Value], ...]:
    return tuple(None if value is None else read(value) for value in values)


def _result(answer: Mapping[str, Any], value: Mapping[str, Any], count: int) -> Result:
    rewards = _optional(_number, value["rewards"])
    refusals = list(value["errors"])
    if len(rewards) != count or len(refusals) != count:
        raise MalformedAnswer(f"{count} responses were asked about, and {len(rewards)} rewards came")
    errors: List[Optional[NoReward]] = []
    for index, (reward, refusal) in enumerate(zip(rewards, refusals)):
        if (reward is None) == (refusal is None):
            raise MalformedAnswer(f"response {index} has not exactly one of reward and error")
        error = None
        if refusal is not None:
            error = NoReward(422, str(refusal["code"]), f"response {index}: {refusal['message']}", str(answer["id"]))
            error.index, error.rewards = index, rewards
        errors.append(error)
    preferences, breakdowns = value.get("preferences"), value.get("breakdowns")
    return Result(
        model=str(answer["model"]),
        fingerprint=str(answer["bundle"]["fingerprint"]),
        rewards=rewards,
        errors=tuple(errors),
        ranking=tuple(int(index) for index in value["ranking"]),
        preferences=None if preferences is None else tuple(_optional(_number, row) for row in preferences),
        breakdowns=None if breakdowns is None else _optional(_breakdown, breakdowns),
    )


def _model(value: Mapping[str, Any]) -> Model:
    return Model(
        id=str(value["id"]),
        categories=tuple(value["categories"]),
        capabilities={name: tuple(points) for name, points in value["capabilities"].items()},
        max_tokens=int(value["max_tokens"]),
        has_probabilities=bool(value["has_probabilities"]),
        fingerprint=str(value["fingerprint"]),
    )


def _understood(read: Callable[[], _Value]) -> _Value:
    """What `read` makes of an answer; one that lacks a key or has another form is a `MalformedAnswer`."""
    try:
        return read()
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise MalformedAnswer(f"the answer is not as expected: {type(error).__name__} at {error}") from error


# --- Connections


class _Connections:
    """Connections to one server that are kept between requests."""

    def __init__(self, address: str, context: Optional[ssl.SSLContext]):
        parts = urllib.parse.urlsplit(address if "://" in address else f"http://{address}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"an address is http://HOST:PORT or https://HOST:PORT, not {address!r}")
        self._host, self._port, self.prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self._context = (context or ssl.create_default_context()) if parts.scheme == "https" else None
        self._idle: List[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def take(self) -> Tuple[http.client.HTTPConnection, bool]:
        """A connection, and whether it was used before: then the server may have ended it meanwhile."""
        with self._lock:
            if self._idle:
                return self._idle.pop(), True
        if self._context is not None:
            return http.client.HTTPSConnection(self._host, self._port, context=self._context), False
        return http.client.HTTPConnection(self._host, self._port), False

    def give(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def error(self) -> DMoERMError:
        request_id = self.headers.get("x-request-id")
        try:
            error = json.loads(self.body)["error"]
            return _server_error(self.status, str(error["code"]), str(error["message"]), request_id)
        except (ValueError, KeyError, TypeError):
            return _server_error(self.status, "unknown", "the server gave no reason that can be read", request_id)

    def retry_after(self) -> Optional[float]:
        """Seconds that the server asks to wait."""
        value = self.headers.get("retry-after", "").strip()
        if value.isdigit():
            return float(value)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
        except (TypeError, ValueError):
            return None


class _Deadline:
    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds
        self._seconds = seconds

    def remaining(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded(f"no answer within {self._seconds:g} s")
        return left

    def wait(self, seconds: float, reason: DMoERMError) -> None:
        """Waits; raises the reason at once where the time is over before."""
        if seconds >= self.remaining():
            raise reason
        time.sleep(seconds)


# --- The clients


class Client:
    """Asks one server. Safe to use from several threads; connections are kept open between calls.

    * `model`: asked where a call names none; the server's first where this names none either.
    * `timeout`: seconds that a call may take, all tries together; the server is told and drops what is late.
    * `tries`: how often a request is sent where the server is full, stopping, or not reached.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        model: Optional[str] = None,
        key: Optional[str] = None,
        timeout: float = 120.0,
        tries: int = 8,
        context: Optional[ssl.SSLContext] = None,
    ):
        if timeout <= 0 or tries < 1:
            raise ValueError("timeout is more than 0 seconds, and tries at least 1")
        if key is not None:
            key = key.strip()
            # Said here, since a header that cannot be sent is told with what is in it.
            if not key or not all("!" <= character <= "~" for character in key):
                raise ValueError("a key is made of visible ASCII characters")
        self.model, self.timeout, self.tries = model, timeout, tries
        self._key = key
        self._connections = _Connections(address, context)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections that are kept."""
        self._connections.close()

    def score(
        self,
        prompt: Prompt,
        response: str,
        *,
        category: Optional[str] = None,
        model: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> float:
        """The reward of one response; greater is better, and only beside another response to the same prompt."""
        return self.scores(prompt, [response], category=category, model=model, timeout=timeout)[0]

    def scores(
        self,
        prompt: Prompt,
        responses: Sequence[str],
        *,
        category: Optional[str] = None,
        model: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> List[float]:
        """The rewards of responses to one prompt, in their order.

        `NoReward` if any of them has none; `result` gives the others all the same.
        """
        return self.result(prompt, responses, category=category, model=model, timeout=timeout).complete()

    def result(
        self,
        prompt: Prompt,
        responses: Sequence[str],
        *,
        category: Optional[str] = None,
        model: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> Result:
        """Rewards, ranking and probabilities of preference. A response without a reward is an entry of `errors`, but where
        no response has one, `NoReward` is raised."""
        return self._ask(prompt, responses, False, category, model, timeout)

    def breakdown(
        self,
        prompt: Prompt,
        responses: Sequence[str],
        *,
        category: Optional[str] = None,
        model: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> Result:
        """As `result`, with the reasons: router, experts, disagreement, tokens read."""
        return self._ask(prompt, responses, True, category, model, timeout)

    def models(self, *, timeout: Optional[float] = None) -> List[Model]:
        """The models of the server."""
        answer = self._json("GET", "/v1/models", None, timeout)
        return _understood(lambda: [_model(value) for value in answer["data"]])

    def card(self, model: str, *, timeout: Optional[float] = None) -> str:
        """A model's card, in Markdown. `ServerError` with the code `not_found` where the bundle has none."""
        path = f"/v1/models/{urllib.parse.quote(model, safe='')}/card"
        return self._answer("GET", path, None, timeout).body.decode("utf-8", "replace")

    def _ask(
        self,
        prompt: Prompt,
        responses: Sequence[str],
        breakdown: bool,
        category: Optional[str],
        model: Optional[str],
        timeout: Optional[float],
    ) -> Result:
        if isinstance(responses, str):
            raise TypeError("responses is a list of texts; score takes a single one")
        request: Dict[str, Any] = {
            "prompt" if isinstance(prompt, str) else "messages": prompt,
            "responses": list(responses),
        }
        for name, value in (("model", model or self.model), ("category", category), ("breakdown", breakdown or None)):
            if value is not None:
                request[name] = value
        answer = self._json("POST", "/v1/rewards", request, timeout)
        return _understood(lambda: _result(answer, answer["results"][0], len(responses)))

    def _json(self, method: str, path: str, request: Optional[Mapping[str, Any]], timeout: Optional[float]) -> Any:
        answer = self._answer(method, path, request, timeout)
        return _understood(lambda: json.loads(answer.body))

    def _answer(
        self, method: str, path: str, request: Optional[Mapping[str, Any]], timeout: Optional[float]
    ) -> _Answer:
        """The answer to a request. A reward changes nothing on the server, so whatever failed may be sent again."""
        deadline = _Deadline(self.timeout if timeout is None else timeout)
        body = None if request is None else json.dumps(request, ensure_ascii=False).encode("utf-8", "surrogatepass")
        attempt = 0
        while True:
            attempt += 1
            pause: Optional[float] = None
            failure: DMoERMError
            try:
                answer = self._send(method, path, body, deadline)
                if answer.status < 300:
                    return answer
                failure, pause = answer.error(), answer.retry_after()
                if answer.status not in (429, 503):
                    raise failure
            except ConnectionFailed as error:
                failure = error
            if attempt >= self.tries:
                raise failure
            deadline.wait(pause if pause is not None else random.uniform(0.5, 1) * 0.25 * 2 ** min(attempt, 5), failure)

    def _send(self, method: str, path: str, body: Optional[bytes], deadline: _Deadline) -> _Answer:
        while True:
            connection, was_used = self._connections.take()
            try:
                return self._exchange(connection, method, path, body, deadline)
            except (socket.timeout, TimeoutError):
                connection.close()
                deadline.remaining()
                raise ConnectionFailed("the connection timed out") from None
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                # A server ends connections that are idle for long; then a new one is no further try.
                if not was_used:
                    raise ConnectionFailed(
                        f"the server was not reached, or left: {type(error).__name__}: {error}"
                    ) from error
            except BaseException:
                connection.close()
                raise

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Optional[bytes], deadline: _Deadline
    ) -> _Answer:
        headers = {
            "Accept": "*/*",
            "User-Agent": f"dmoerm-client/{__version__}",
            "X-Request-Timeout": f"{deadline.remaining():.3f}",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        connection.timeout = deadline.remaining()
        if connection.sock is None:
            connection.connect()
        # Kept because a response that says "close" takes the socket from its connection.
        stream: socket.socket = connection.sock
        stream.settimeout(deadline.remaining())
        connection.request(method, self._connections.prefix + path, body=body, headers=headers)
        response = connection.getresponse()
        length = response.length
        parts: List[bytes] = []
        while True:
            if stream.fileno() >= 0:
                stream.settimeout(deadline.remaining())
            part = response.read(65_536)
            if not part:
                break
            parts.append(part)
        answer = _Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, b"".join(parts)
        )
        # Read in parts, a body that was cut off ends without a word.
        if length is not None and len(answer.body) != length:
            raise http.client.IncompleteRead(answer.body)
        if response.will_close:
            connection.close()
        else:
            self._connections.give(connection)
        return answer


class AsyncClient:
    """`Client` for asyncio: the same settings, and the same methods, each awaited. At most `connections` requests are under way
    at once."""

    def __init__(self, address: str = DEFAULT_ADDRESS, *, connections: int = 32, **settings: Any):
        self._client = Client(address, **settings)
        self._threads = ThreadPoolExecutor(connections, "dmoerm-client")

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections that are kept; requests under way still get their answers."""
        self._threads.shutdown(wait=False)
        self._client.close()

    async def score(self, prompt: Prompt, response: str, **options: Any) -> float:
        """As `Client.score`."""
        return await self._run(self._client.score, prompt, response, **options)

    async def scores(self, prompt: Prompt, responses: Sequence[str], **options: Any) -> List[float]:
        """As `Client.scores`."""
        return await self._run(self._client.scores, prompt, responses, **options)

    async def result(self, prompt: Prompt, responses: Sequence[str], **options: Any) -> Result:
        """As `Client.result`."""
        return await self._run(self._client.result, prompt, responses, **options)

    async def breakdown(self, prompt: Prompt, responses: Sequence[str], **options: Any) -> Result:
        """As `Client.breakdown`."""
        return await self._run(self._client.breakdown, prompt, responses, **options)

    async def models(self, **options: Any) -> List[Model]:
        """As `Client.models`."""
        return await self._run(self._client.models, **options)

    async def card(self, model: str, **options: Any) -> str:
        """As `Client.card`."""
        return await self._run(self._client.card, model, **options)

    async def _run(
        self, method: Callable[..., _Value], *arguments: Any, timeout: Optional[float] = None, **options: Any
    ) -> _Value:
        # The time runs from here on, also while all connections are taken.
        deadline = _Deadline(self._client.timeout if timeout is None else timeout)

        def call() -> _Value:
            return method(*arguments, timeout=deadline.remaining(), **options)

        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


# --- Trainers


class _Unreadable(Exception):
    """A completion without a text that could be scored."""


def _text(content: Any) -> str:
    """A message's text; TRL has it as a text, or as parts of which each has a type."""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, Mapping) and part.get("type") == "text" for part in content):
        return "".join(str(part["text"]) for part in content)
    raise _Unreadable("a message has no text, or more than text")


def _conversation(prompt: Any, completion: Any) -> Tuple[Prompt, str]:
    """What comes before the response, and the response: of plain texts and of messages.

    Where a completion has several messages, the last is the response, and the others come before it.
    """
    if isinstance(completion, str):
        response, before = completion, []
    else:
        *before, last = completion or [{}]
        if last.get("role") != "assistant":
            raise _Unreadable("the completion does not end with a message of the assistant")
        response = _text(last.get("content"))
    if isinstance(prompt, str):
        if not before:
            return prompt, response
        prompt = [{"role": "user", "content": prompt}]
    return [_message(one) for one in [*prompt, *before]], response


def _message(one: Mapping[str, Any]) -> Dict[str, str]:
    """A message that a reward model reads: those of tools, and those that say nothing, are none."""
    role, content = one.get("role"), _text(one.get("content"))
    if role not in ("system", "developer", "user", "assistant") or not content.strip():
        raise _Unreadable("a message is one of a tool, or says nothing")
    return {"role": str(role), "content": content}


@dataclass
class _Group:
    """The responses to one prompt, with their places in the batch."""

    prompt: Prompt
    category: Optional[str]
    places: List[int]
    responses: List[str]


class RewardFunction:
    """A reward function of TRL's trainers (`GRPOTrainer`, `RLOOTrainer`): `reward_function` makes one.

    Completions of one prompt go in one request, so that the prompt is computed once. A completion that cannot be scored (empty,
    too long) gets None, with which TRL leaves it out, and is counted in the metric `dmoerm/abstained`. Whatever else goes wrong
    is raised: a run that trains on made-up rewards is worse than one that stops.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        category: Optional[str] = None,
        category_column: Optional[str] = None,
        connections: int = 8,
        name: str = "dmoerm",
        **settings: Any,
    ):
        self.__name__ = name
        # A trainer waits for its rewards: it is the time that ends a call, and not the number of tries.
        settings = {"timeout": 300.0, "tries": 1_000_000, **settings}
        # What pickling needs to make it again elsewhere: sockets and threads stay where they are.
        self._settings: Dict[str, Any] = {
            "address": address,
            "category": category,
            "category_column": category_column,
            "connections": connections,
            "name": name,
            **settings,
        }
        self._category, self._category_column = category, category_column
        self._client = Client(address, **settings)
        self._threads = ThreadPoolExecutor(connections, "dmoerm-reward")

    def __reduce__(self) -> Tuple[Any, ...]:
        return functools.partial(type(self), **self._settings), ()

    def close(self) -> None:
        """Ends the connections that are kept."""
        self._threads.shutdown()
        self._client.close()

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> Any:
        return self._rewards(prompts, completions, columns)

    def _rewards(
        self, prompts: Sequence[Any], completions: Sequence[Any], columns: Mapping[str, Any]
    ) -> List[Optional[float]]:
        rewards: List[Optional[float]] = [None] * len(completions)
        reasons: Dict[str, int] = {}
        groups = self._groups(prompts, completions, columns, reasons)
        for group, (found, refused) in zip(groups, self._threads.map(self._scored, groups)):
            for place, reward in zip(group.places, found):
                rewards[place] = reward
            for reason in refused:
                reasons[reason] = reasons.get(reason, 0) + 1
        if reasons:
            _log.warning(
                "no reward for %s of %d completions",
                ", ".join(f"{n} ({why})" for why, n in reasons.items()),
                len(rewards),
            )
        log_metric = columns.get("log_metric")
        if callable(log_metric) and rewards:
            log_metric("dmoerm/abstained", sum(reward is None for reward in rewards) / len(rewards))
        return rewards

    def _groups(
        self, prompts: Sequence[Any], completions: Sequence[Any], columns: Mapping[str, Any], reasons: Dict[str, int]
    ) -> List[_Group]:
        categories: Sequence[Optional[str]] = [self._category] * len(completions)
        if self._category_column is not None:
            if self._category_column not in columns:
                raise ValueError(f"the data set has no column {self._category_column!r}; it has {sorted(columns)}")
            categories = columns[self._category_column]
        groups: Dict[str, _Group] = {}
        for place, (prompt, completion, category) in enumerate(zip(prompts, completions, categories)):
            try:
                before, response = _conversation(prompt, completion)
            except _Unreadable as error:
                reasons[str(error)] = reasons.get(str(error), 0) + 1
                continue
            group = groups.setdefault(json.dumps([before, category]), _Group(before, category, [], []))
            group.places.append(place)
            group.responses.append(response)
        return list(groups.values())

    def _scored(self, group: _Group) -> Tuple[Sequence[Optional[float]], List[str]]:
        """Rewards of a group, and why some are missing."""
        try:
            result = self._client.result(group.prompt, group.responses, category=group.category)
        except NoReward as error:
            return [None] * len(group.responses), [error.code] * len(group.responses)
        refusals = [refusal for refusal in result.errors if refusal is not None]
        for refusal in refusals:
            if refusal.code not in _ABOUT_RESPONSES:
                raise refusal
        return result.rewards, [refusal.code for refusal in refusals]


class AsyncRewardFunction(RewardFunction):
    """`RewardFunction` as a coroutine: TRL runs it beside the other asynchronous reward functions of a run."""

    async def __call__(
        self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any
    ) -> List[Optional[float]]:
        return await asyncio.get_running_loop().run_in_executor(None, self._rewards, prompts, completions, columns)


def reward_function(address: str = DEFAULT_ADDRESS, **options: Any) -> RewardFunction:
    """What TRL takes as a reward function: `GRPOTrainer(reward_funcs=reward_function("http://127.0.0.1:8000"), ...)`.

    Options: those of `Client`, of which `timeout` (300) is in seconds for a group's rewards, waiting for a full server included;
    `category`, or `category_column` of the data set, where categories are given and not routed; `connections`; `name`, under
    which TRL logs. Prompts and completions may be plain texts or messages.
    """
    return RewardFunction(address, **options)


def async_reward_function(address: str = DEFAULT_ADDRESS, **options: Any) -> AsyncRewardFunction:
    """`reward_function` for runs with several reward functions that wait: TRL awaits them together."""
    return AsyncRewardFunction(address, **options)
