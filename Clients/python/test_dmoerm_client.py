"""python3 -m unittest discover Clients/python — against a stand-in for the server; about two seconds."""

import asyncio
import json
import pickle
import sys
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "Tools" / "Tests" / "page")]

from dmoerm_client import (  # noqa: E402
    AsyncClient,
    Client,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequest,
    MalformedAnswer,
    NoReward,
    Overloaded,
    ServerError,
    Unauthorized,
    UnknownCategory,
    UnknownModel,
    async_reward_function,
    reward_function,
)
from stand_in_server import StandInServer, rewards as expected_rewards  # noqa: E402

PROMPT = "Why is the sky blue?"
RESPONSES = ["It just is.", "Air scatters blue light more than red, so it reaches us from every side."]
TOO_LONG = "word " * 800


class WithServer(unittest.TestCase):
    def setUp(self):
        self.server = StandInServer()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.client = Client(self.server.address, timeout=3600)
        self.addCleanup(self.client.close)

    def function(self, make=reward_function, **options):
        function = make(self.server.address, **options)
        self.addCleanup(function.close)
        return function

    def asked(self):
        return [json.loads(one["body"] or "null") for one in self.server.take_requests()["requests"]]


class Scoring(WithServer):
    def test_scores_are_the_servers_numbers_in_the_order_given(self):
        expected = expected_rewards({"prompt": PROMPT, "responses": RESPONSES})["results"][0]["rewards"]
        self.assertEqual(self.client.scores(PROMPT, RESPONSES), expected)
        self.assertEqual(self.client.score(PROMPT, RESPONSES[1]), expected[1])

    def test_messages_and_a_prompt_ask_for_the_same(self):
        messages = [{"role": "user", "content": PROMPT}]
        self.assertEqual(self.client.scores(messages, RESPONSES), self.client.scores(PROMPT, RESPONSES))

    def test_a_breakdown_has_the_reasons(self):
        result = self.client.breakdown(PROMPT, RESPONSES, category="text")
        self.assertEqual(result.ranking, (1, 0))
        self.assertEqual(result.breakdowns[0].category, "text")
        self.assertEqual(
            list(result.breakdowns[0].capabilities),
            ["intent-conformity", "expression", "readability", "content-richness", "logic"],
        )
        self.assertEqual(result.breakdowns[0].reward, result.rewards[0])
        self.assertAlmostEqual(result.preferences[0][1] + result.preferences[1][0], 1)

    def test_models_and_cards_are_listed(self):
        first, second = self.client.models()
        self.assertEqual((first.id, second.id), ("stand-in-mixture", "stand-in-probe"))
        self.assertEqual(second.capabilities, {"all": ()})
        self.assertFalse(second.has_probabilities)
        self.assertTrue(self.client.card("stand-in-mixture").startswith("# stand-in-mixture"))
        with self.assertRaises(ServerError) as caught:
            self.client.card("stand-in-probe")
        self.assertEqual(caught.exception.code, "not_found")

    def test_the_model_of_a_call_goes_before_that_of_the_client(self):
        with Client(self.server.address, model="stand-in-probe") as client:
            self.assertEqual(client.result(PROMPT, RESPONSES).model, "stand-in-probe")
            self.assertIsNone(client.result(PROMPT, RESPONSES).preferences)
            self.assertEqual(client.result(PROMPT, RESPONSES, model="stand-in-mixture").model, "stand-in-mixture")

    def test_texts_of_any_script_arrive_unchanged(self):
        text = 'Ça va 🙂 你好 \u0000 " \\ \u2028'
        self.client.score(text, text)
        self.assertEqual(self.asked()[0], {"prompt": text, "responses": [text]})

    def test_one_connection_serves_calls_in_a_row(self):
        accepted = []
        get_request = self.server.get_request
        self.server.get_request = lambda: accepted.append(get_request()) or accepted[-1]
        for _ in range(5):
            self.client.score(PROMPT, RESPONSES[0])
        self.assertEqual(len(accepted), 1)

    def test_threads_share_a_client(self):
        found = {}
        threads = [
            threading.Thread(target=lambda i=i: found.update({i: self.client.score(PROMPT, f"answer {i}")}))
            for i in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, {i: self.client.score(PROMPT, f"answer {i}") for i in range(16)})


class Errors(WithServer):
    def test_a_response_without_a_reward_is_named_and_the_others_are_kept(self):
        with self.assertRaises(NoReward) as caught:
            self.client.scores(PROMPT, [RESPONSES[0], "", RESPONSES[1]])
        error = caught.exception
        self.assertEqual((error.code, error.index), ("empty_response", 1))
        self.assertEqual([reward is None for reward in error.rewards], [False, True, False])
        result = self.client.result(PROMPT, [RESPONSES[0], "", RESPONSES[1]])
        self.assertEqual([error is None for error in result.errors], [True, False, True])

    def test_each_refusal_has_its_class(self):
        cases = [
            (NoReward, "too_long", lambda: self.client.score(PROMPT, TOO_LONG)),
            (UnknownModel, "unknown_model", lambda: self.client.score(PROMPT, "x", model="none")),
            (UnknownCategory, "unknown_category", lambda: self.client.score(PROMPT, "x", category="none")),
            (InvalidRequest, "invalid_request", lambda: self.client.scores(PROMPT, [])),
            (InvalidRequest, "payload_too_large", lambda: self.client.score(PROMPT, "x" * (1 << 21))),
        ]
        for kind, code, call in cases:
            with self.subTest(code), self.assertRaises(kind) as caught:
                call()
            self.assertEqual(caught.exception.code, code)

    def test_no_error_has_the_text_of_a_prompt_or_a_key(self):
        secret = "dinosaurs"
        with Client(self.server.address, key=secret) as client:
            for call in (
                lambda: client.score(secret, secret * 0),
                lambda: client.score(secret, secret, model="none"),
                lambda: client.score(secret, f"{secret} " * 900),
            ):
                with self.assertRaises(ServerError) as caught:
                    call()
                self.assertNotIn(secret, f"{caught.exception} {caught.exception!r}")

    def test_a_key_is_sent_and_its_lack_is_said(self):
        self.server.key = "right"
        with self.assertRaises(Unauthorized):
            self.client.score(PROMPT, RESPONSES[0])
        with Client(self.server.address, key="right") as client:
            client.score(PROMPT, RESPONSES[0])

    def test_one_text_in_place_of_a_list_is_refused(self):
        with self.assertRaises(TypeError):
            self.client.scores(PROMPT, "one text")

    def test_an_answer_of_another_form_is_no_number(self):
        whole = expected_rewards({"prompt": PROMPT, "response": "x"})
        bodies = [
            "",
            "[]",
            "{}",
            "<html>",
            '{"results": []}',
            json.dumps({**whole, "results": [{**whole["results"][0], "rewards": []}]}),
            json.dumps({**whole, "results": [{**whole["results"][0], "rewards": [True]}]}),
            json.dumps({**whole, "results": [{**whole["results"][0], "rewards": [float("nan")]}]}),
            json.dumps({**whole, "results": [{**whole["results"][0], "rewards": [None]}]}),
        ]
        for body in bodies:
            self.server.add_faults([{"body": body}])
            with self.subTest(body[:60]), self.assertRaises(MalformedAnswer):
                self.client.score(PROMPT, "x")

    def test_an_error_that_is_no_json_is_told_by_its_status(self):
        self.server.add_faults([{"status": 502, "body": "<h1>Bad gateway</h1>"}])
        with self.assertRaises(ServerError) as caught:
            self.client.score(PROMPT, "x")
        self.assertEqual(caught.exception.status, 502)


class Retries(WithServer):
    def test_a_full_server_is_asked_again_when_it_says(self):
        self.server.add_faults([{"status": 429, "retry_after": 1}])
        self.assertIsInstance(self.client.score(PROMPT, "x"), float)
        first, second = self.server.take_requests()["requests"]
        self.assertGreaterEqual(second["time"] - first["time"], 1)

    def test_a_full_server_without_a_time_is_asked_again(self):
        self.server.add_faults([{"status": 503, "code": "shutting_down", "times": 2}])
        self.assertIsInstance(self.client.score(PROMPT, "x"), float)
        self.assertEqual(len(self.asked()), 3)

    def test_tries_end(self):
        self.server.add_faults([{"status": 429, "retry_after": 0, "times": 9}])
        with Client(self.server.address, tries=3) as client, self.assertRaises(Overloaded) as caught:
            client.score(PROMPT, "x")
        self.assertEqual((caught.exception.status, len(self.asked())), (429, 3))

    def test_what_is_wrong_is_asked_once(self):
        with self.assertRaises(UnknownModel):
            self.client.score(PROMPT, "x", model="none")
        self.assertEqual(len(self.asked()), 1)

    def test_a_connection_that_is_cut_is_made_again(self):
        self.server.add_faults([{"cut": True}])
        self.assertIsInstance(self.client.score(PROMPT, "x"), float)

    def test_a_connection_that_was_ended_while_idle_costs_no_try(self):
        with Client(self.server.address, tries=1) as client:
            client.score(PROMPT, "x")
            client._connections._idle[0].sock.shutdown(2)
            client.score(PROMPT, "x")

    def test_no_server_is_an_error(self):
        with Client("http://127.0.0.1:1", tries=2) as client, self.assertRaises(ConnectionFailed):
            client.score(PROMPT, "x")

    def test_a_deadline_ends_waiting_for_an_answer(self):
        self.server.add_faults([{"delay": 5}])
        with self.assertRaises(DeadlineExceeded):
            self.client.score(PROMPT, "x", timeout=0.2)

    def test_a_wait_beyond_the_deadline_is_not_begun(self):
        self.server.add_faults([{"status": 429, "retry_after": 600_000}])
        # A wait would end in another error, or in days.
        with self.assertRaises(Overloaded):
            self.client.score(PROMPT, "x", timeout=3600)

    def test_the_server_is_told_the_deadline(self):
        self.client.score(PROMPT, "x", timeout=7007)
        told = float(self.server.take_requests()["requests"][0]["headers"]["X-Request-Timeout"])
        self.assertTrue(0 < told <= 7007, told)


class Asynchronous(WithServer):
    def test_calls_run_side_by_side(self):
        self.server.add_faults([{"delay": 0.3, "times": 8}])

        async def run():
            async with AsyncClient(self.server.address) as client:
                return await asyncio.gather(*(client.score(PROMPT, f"answer {i}") for i in range(8)))

        self.assertEqual(asyncio.run(run()), [self.client.score(PROMPT, f"answer {i}") for i in range(8)])
        self.assertGreater(self.server.take_requests()["most_at_once"], 1)

    def test_its_settings_are_those_of_the_client(self):
        self.server.key = "right"

        async def run():
            async with AsyncClient(self.server.address, key="right", timeout=7007, connections=1) as client:
                return await client.score(PROMPT, "x")

        self.assertIsInstance(asyncio.run(run()), float)
        told = float(self.server.take_requests()["requests"][0]["headers"]["X-Request-Timeout"])
        self.assertTrue(0 < told <= 7007, told)
        with self.assertRaises(TypeError):
            AsyncClient(self.server.address, time_out=7007)

    def test_an_error_is_raised_where_it_is_awaited(self):
        async def run():
            async with AsyncClient(self.server.address) as client:
                await client.scores(PROMPT, ["", "x"])

        with self.assertRaises(NoReward):
            asyncio.run(run())


class TrainerFunction(WithServer):
    def test_completions_of_one_prompt_are_one_request(self):
        function = self.function()
        prompts, completions = [PROMPT] * 3 + ["Hi!"] * 3, ["a b", "c", "d e f", "g", "h i", "j"]
        found = function(prompts=prompts, completions=completions, completion_ids=[[1]] * 6, trainer_state=None)
        self.assertEqual(sorted(len(one["responses"]) for one in self.asked()), [3, 3])
        self.assertEqual(found, [self.client.score(p, c) for p, c in zip(prompts, completions)])

    def test_messages_and_texts_get_the_same_rewards(self):
        function = self.function()
        plain = function(prompts=[PROMPT] * 2, completions=RESPONSES)
        messages = function(
            prompts=[[{"role": "user", "content": PROMPT}]] * 2,
            completions=[
                [{"role": "assistant", "content": RESPONSES[0]}],
                [{"role": "assistant", "content": [{"type": "text", "text": RESPONSES[1]}]}],
            ],
        )
        self.assertEqual(plain, messages)

    def test_what_cannot_be_scored_is_none_and_counted(self):
        metrics = {}
        with self.assertLogs("dmoerm_client", "WARNING") as logged:
            found = self.function()(
                prompts=[PROMPT] * 4 + ["Alone"],
                completions=["fine", "", TOO_LONG, "good", " "],
                log_metric=lambda name, value: metrics.update({name: value}),
            )
        self.assertIn("2 (empty_response), 1 (too_long) of 5", logged.output[0])
        self.assertEqual([reward is None for reward in found], [False, True, True, False, True])
        self.assertEqual(metrics, {"dmoerm/abstained": 0.6})

    def test_a_completion_with_calls_of_tools_is_none(self):
        call = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "clock"}}]}
        answer = [
            call | {"content": "Let me see."},
            {"role": "tool", "content": "12:00"},
            {"role": "assistant", "content": "Noon."},
        ]
        question = [{"role": "user", "content": "What time is it?"}]
        with self.assertLogs("dmoerm_client", "WARNING"):
            found = self.function()(prompts=[question] * 3, completions=[[call], answer, answer[-1:]])
        # The server reads no messages of tools, and what follows one is no answer to the question alone.
        self.assertEqual([reward is None for reward in found], [True, True, False])
        self.assertEqual([m["role"] for m in self.asked()[0]["messages"]], ["user"])

    def test_a_key_that_no_header_can_hold_is_refused_and_not_told(self):
        for key in ["two words", "", "line\nbreak"]:
            with self.assertRaises(ValueError) as caught:
                Client(key=key)
            self.assertNotIn(key or "Bearer", str(caught.exception))
        self.assertEqual(Client(key="right\n")._key, "right")

    def test_a_server_that_refuses_stops_the_run(self):
        self.server.key = "right"
        with self.assertRaises(Unauthorized):
            self.function()(prompts=[PROMPT], completions=["x"])
        with self.assertRaises(UnknownCategory):
            self.function(key="right", category="none")(prompts=[PROMPT], completions=["x"])

    def test_categories_come_from_a_column(self):
        function = self.function(category_column="task")
        function(prompts=["same", "same"], completions=["x", "y"], task=["text", "chat"])
        self.assertEqual(sorted(one["category"] for one in self.asked()), ["chat", "text"])
        with self.assertRaises(ValueError):
            function(prompts=["same"], completions=["x"])

    def test_it_is_named_and_can_be_pickled(self):
        function = pickle.loads(pickle.dumps(self.function(name="helpfulness", timeout=9009)))
        self.addCleanup(function.close)
        self.assertEqual((function.__name__, function._client.timeout), ("helpfulness", 9009))
        self.assertEqual(function(prompts=[PROMPT], completions=["x"]), [self.client.score(PROMPT, "x")])

    def test_the_awaited_form_gives_the_same(self):
        function = self.function(async_reward_function)
        found = asyncio.run(function(prompts=[PROMPT] * 2, completions=RESPONSES))
        self.assertEqual(found, self.client.scores(PROMPT, RESPONSES))


if __name__ == "__main__":
    unittest.main()
