#!/usr/bin/env python3
"""Uses the page of `dmoerm serve` in headless Chromium: types, clicks, reads what is shown, wide and narrow, light and dark.

    check_page.py [ADDRESS] [--only WORD] [--pictures FOLDER]

Without an address the server is a stand-in, which also is full, slow, locked and broken on demand; with one (as
http://127.0.0.1:8000) the checks that need such faults are left out. Numbers that the page shows are compared with the server's
own; its model has to read some hundreds of tokens. Needs Debian's package chromium; CHROMIUM names another program. Ends with 1
where a check fails.
"""

import argparse
import json
import re
import sys
import time
import traceback
import urllib.request
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from browser import CONTROL, Browser, Failure, Page
from stand_in_server import StandInServer

HOSTILE = """<img src=x onerror="window.broken=1"><script>window.broken=2</script></textarea>'"><b>bold</b> {{7*7}} ${7*7} & &lt;"""
PROMPT = "Why is the sky blue?"
RESPONSES = [
    "It just is.",
    "Air scatters blue light more than red, so it reaches us from every side.",
    "The sea is blue, and the sky mirrors it.",
]
TURN, RESPONSE = "#turns > :nth-child({}) textarea", "#responses > :nth-child({}) textarea"
PAIRS = [
    {
        "prompt": "What is 2 + 2?",
        "chosen": "4",
        "rejected": "It is 5, because the numbers were added with care and attention by me.",
    },
    {
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Should I learn Swift?"}],
        "chosen": "Yes, if you like it. It is a pleasant language to learn and to use.",
        "rejected": "no",
    },
    {
        "prompt": [{"role": "user", "content": "Hello, how do you feel?"}],
        "chosen": [{"role": "assistant", "content": "Fine, and you?"}],
        "rejected": [
            {"role": "assistant", "content": "I do not have feelings, so I cannot answer what you ask of me."}
        ],
    },
    {
        "prompt": "Write a haiku about rain.",
        "responses": ["Rain.", "Drops on the tin roof, a slow hand over the night", "rain rain rain"],
        "ranks": [3, 1, 2],
    },
]


class Checks:
    """What holds beside any server."""

    def __init__(self, browser: Browser, address: str, pictures: Optional[Path]):
        self.address, self.pictures, self.browser = address, pictures, browser
        self.page = browser.page()

    # --- Means

    def start(self, view: str = "compare") -> Page:
        self.page.resize(1280, 900)
        self.page.prefer("light")
        self.page.open(self.address + ("/" if view == "compare" else f"/#view-{view}"))
        self.page.wait("document.querySelectorAll('#cards article').length", "the models")
        return self.page

    def ask(self, body: Dict[str, Any]) -> Dict[str, Any]:
        request = urllib.request.Request(
            f"{self.address}/v1/rewards",
            json.dumps({"breakdown": True, **body}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["results"][0]

    def fill(self, prompt: str = PROMPT, responses: List[str] = RESPONSES) -> None:
        self.page.write(TURN.format(1), prompt)
        for place, response in enumerate(responses, 1):
            if place > 2:
                self.page.click("#add-response")
            self.page.write(RESPONSE.format(place), response)

    def score(self) -> None:
        self.page.read("document.querySelector('#status').textContent = ''")
        self.page.click("#score")
        self.page.wait("document.querySelector('#status').textContent !== ''", "a result", 30)

    def load_rows(self, rows: List[Any], run: bool = True) -> None:
        self.page.write("#pasted", "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
        self.page.click("#read-pasted")
        self.page.wait("!document.querySelector('#run').hidden", "the rows to be read")
        if run:
            self.page.click("#run-rows")
            self.page.wait("document.querySelectorAll('#row-list > li').length", "scored rows", 60)

    def picture(self, name: str, whole: bool = True) -> None:
        if self.pictures:
            self.page.picture(self.pictures / f"{name}.png", whole)

    def shown(self) -> Dict[str, str]:
        """The rewards on the page, by the letters of the responses, the best first."""
        return self.page.read("""Object.fromEntries([...document.querySelectorAll('.ranking > li')].map(
            (one) => [one.dataset.response, one.querySelector('.line .number').innerText]))""")

    def rewards_are(self, expected: Dict[str, Any]) -> None:
        """Holds the ranking on the page to the server's."""
        shown = self.shown()
        equal(list(shown), ["ABC"[i] for i in expected["ranking"]], "the order")
        for i in expected["ranking"]:
            has_number(shown["ABC"[i]], expected["rewards"][i])

    def bars_are_on_one_scale(self, values: List[float]) -> None:
        """The bars go with the rewards, and the marks with the pinned ones: on the scale of all that is shown."""
        bars = self.page.read("""[...document.querySelectorAll('.ranking .track')].map((one) => [
            one.closest('li').dataset.response, one.querySelector('i').offsetWidth / one.offsetWidth, one.querySelector('u') !== null])""")
        low, span = min(values), max(values) - min(values)
        for response, width, has_mark in bars:
            equal(has_mark, True, f"a mark on the bar of {response}")
            value = float(self.shown()[response].replace("−", "-"))
            if abs(width - (value - low + span / 10) / (1.1 * span)) > 0.02:
                raise Failure(
                    f"the bar of {response}, {value}, takes {width:.2f} of its track; all rewards are {values}"
                )

    # --- Checks

    def check_typed_texts_are_ranked_as_the_server_ranks_them(self) -> None:
        page = self.start()
        self.fill()
        page.press("Enter", CONTROL)
        page.wait("document.querySelectorAll('.ranking > li').length === 3", "three ranked responses")
        expected = self.ask({"prompt": PROMPT, "responses": RESPONSES})
        self.rewards_are(expected)
        contains(page.text(".verdict"), f"{'ABC'[expected['ranking'][0]]} is best")
        contains(page.text("#status"), "3 responses scored")

    def check_reasons_are_the_servers(self) -> None:
        page = self.start()
        self.fill()
        self.score()
        expected = self.ask({"prompt": PROMPT, "responses": RESPONSES})
        best = expected["ranking"][0]
        breakdown = expected["breakdowns"][best]
        row = page.text(f".ranking > [data-response={'ABC'[best]}]")
        contains(row, f"{breakdown['tokens']} tokens read")
        for say in breakdown["capabilities"]:
            contains(row, say["point"])
            has_number(row, say["reward"])
        router = page.text("figure[aria-label=Router]")
        for category, share in breakdown["routing"].items():
            contains(router, category)
            if len(breakdown["routing"]) > 1:
                has_number(router, 100 * share, 0.51)
        if expected["preferences"]:
            share = expected["preferences"][best][expected["ranking"][1]]
            has_number(page.text("article p.soft"), 100 * share, 0.51)
            equal(len(page.texts(".matrix tbody tr")), 3, "rows of the matrix")

    def check_an_edited_word_is_marked_and_its_difference_shown(self) -> None:
        page = self.start()
        self.fill()
        self.score()
        before = self.ask({"prompt": PROMPT, "responses": RESPONSES})["rewards"]
        page.click("#pin")
        edited = RESPONSES[1].replace("blue", "green")
        page.write(RESPONSE.format(2), edited)
        self.score()
        after = self.ask({"prompt": PROMPT, "responses": [RESPONSES[0], edited, RESPONSES[2]]})["rewards"]
        row = page.text("#comparison [data-response=B]")
        for value in (before[1], after[1], after[1] - before[1]):
            has_number(row, value)
        contains(page.text("#comparison [data-response=A]"), "unchanged")
        equal((page.texts("#comparison del"), page.texts("#comparison ins")), (["blue"], ["green"]), "the marked words")
        self.bars_are_on_one_scale([*before, *after])
        self.picture("wide-light-compared")
        page.click("#comparison button")
        equal(
            page.read(f"document.querySelector('{RESPONSE.format(2)}').value"),
            RESPONSES[1],
            "the text after going back",
        )

    def check_a_changed_order_leaves_rewards(self) -> None:
        page = self.start()
        self.fill()
        self.score()
        page.click("#pin")
        page.click("#reverse")
        self.score()
        contains(page.text("#comparison"), "Only the order")
        contains(page.text("#comparison [data-response=A]"), "was C")
        equal([("unchanged" in row) for row in page.texts("#comparison tbody tr")], [True] * 3, "unchanged rewards")

    def check_words_are_weighed_one_by_one(self) -> None:
        page = self.start()
        self.fill()
        self.score()
        page.click(".ranking [data-response=B] button")
        words = RESPONSES[1].split()
        page.wait(
            f"document.querySelectorAll('[data-response=B] .word').length === {len(words)}", "a mark for every word", 30
        )
        variants = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
        whole = self.ask({"prompt": PROMPT, "responses": RESPONSES})["rewards"][1]
        without = self.ask({"prompt": PROMPT, "responses": variants})["rewards"]
        titles = page.read("[...document.querySelectorAll('[data-response=B] .word')].map((one) => one.title)")
        for title, reward in zip(titles, without):
            has_number(title, whole - reward)

    def check_turns_and_responses_are_moved_copied_and_removed(self) -> None:
        page = self.start()
        self.fill()
        page.click("#add-turn")
        page.write(TURN.format(2), "Light is scattered.")
        page.click("#add-turn")
        page.write(TURN.format(3), "And at dusk?")
        roles = "[...document.querySelectorAll('#turns select')].map((one) => one.value)"
        equal(page.read(roles), ["user", "assistant", "user"], "roles")
        page.click("[aria-label='Up: response B']")
        values = "[...document.querySelectorAll('#responses textarea')].map((one) => one.value)"
        equal(page.read(values), [RESPONSES[1], RESPONSES[0], RESPONSES[2]], "moved responses")
        page.click("[aria-label='Copy: response A']")
        equal(page.read(values), [RESPONSES[1], RESPONSES[1], RESPONSES[0], RESPONSES[2]], "copied responses")
        page.click("[aria-label='Remove: response D']")
        equal(len(page.read(values)), 3, "responses")
        self.score()
        expected = self.ask(
            {
                "messages": [
                    {"role": "user", "content": PROMPT},
                    {"role": "assistant", "content": "Light is scattered."},
                    {"role": "user", "content": "And at dusk?"},
                ],
                "responses": [RESPONSES[1], RESPONSES[1], RESPONSES[0]],
            }
        )
        self.rewards_are(expected)
        contains(page.text(".verdict"), "share the best reward" if expected["ranking"][0] < 2 else "C is best")

    def check_texts_that_are_html_stay_text(self) -> None:
        page = self.start()
        self.fill(HOSTILE, [HOSTILE, HOSTILE + " more words than before", "plain"])
        self.score()
        page.click("#pin")
        page.write(RESPONSE.format(3), f"plain {HOSTILE}")
        self.score()
        contains(page.text(".ranking"), HOSTILE)
        page.click(".ranking button")
        page.wait("document.querySelector('.word') !== null", "marked words", 30)
        page.click("#tab-rows")
        self.load_rows(
            [
                {"prompt": HOSTILE, "chosen": HOSTILE, "rejected": "no"},
                {"prompt": "x", "chosen": "y", "rejected": HOSTILE},
            ]
        )
        page.click("#row-list summary")
        page.click("#tab-models")
        time.sleep(0.3)
        equal(
            page.read(
                "[window.broken ?? null,"
                " document.querySelectorAll('img, b:not(.tile b), body script:not([type])').length]"
            ),
            [None, 0],
            "what the texts did",
        )
        refused = page.read(
            "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken' } catch (error) { return error.name } })()"
        )
        equal(refused, "TypeError", "HTML from a script")
        # That refusal was asked for.
        page.complaints[:] = [one for one in page.complaints if "TrustedHTML" not in one and "Trusted" not in one]

    def check_what_is_missing_is_said_where_it_is(self) -> None:
        page = self.start()
        page.click("#score")
        contains(page.text("#messages [role=alert]"), "nothing to score")
        equal(page.read("document.querySelectorAll('[aria-invalid=true]').length"), 2, "marked fields")
        equal(page.read("document.activeElement.getAttribute('aria-label')"), "Text of turn 1", "where the focus is")
        page.write(TURN.format(1), "x")
        equal(page.read("document.querySelectorAll('[aria-invalid=true]').length"), 1, "marked fields")

    def check_a_response_without_a_reward_has_a_reason_and_no_number(self) -> None:
        page = self.start()
        self.fill(responses=[RESPONSES[0], " ", RESPONSES[1]])
        self.score()
        equal(sorted(self.shown()), ["A", "C"], "ranked responses")
        contains(page.text("article"), "Empty.")
        contains(page.text("#status"), "1 response without a reward")

    def check_rows_are_found_by_how_wrong_their_order_is(self) -> None:
        page = self.start("rows")
        self.load_rows(PAIRS)
        gaps = []
        for line, row in enumerate(PAIRS, 1):
            messages, responses, ranks = plain_row(row)
            rewards = self.ask({"messages": messages, "responses": responses})["rewards"]
            gaps.append(
                (
                    max(
                        (rewards[j] - rewards[i])
                        for i in range(len(ranks))
                        for j in range(len(ranks))
                        if ranks[i] < ranks[j]
                    ),
                    line,
                )
            )
        order = [str(line) for _, line in sorted(gaps, key=lambda one: (-one[0], one[1]))]
        equal(page.texts("#row-list summary > :first-child"), order, "the lines, the most wrong first")
        wrong = sum(gap >= 0 for gap, _ in gaps)
        contains(page.text("#tiles"), f"{4 - wrong} of 4")
        page.click("#only-wrong")
        equal(len(page.texts("#row-list > li")), wrong, "wrong rows")
        page.click("#only-wrong")
        page.click("#row-list summary")
        page.click("#row-list details button")
        page.wait("document.querySelectorAll('.ranking > li').length >= 2", "the row in the editor, scored", 30)

    def check_a_dropped_file_is_read_and_bad_lines_are_named(self) -> None:
        page = self.start()
        path = self.browser.folder / "rows.jsonl"
        lines = [json.dumps(row) for row in PAIRS] + [
            "{broken",
            "[1]",
            '{"prompt": "x"}',
            "",
            '{"prompt": "x", "chosen": 1, "rejected": "y"}',
        ]
        path.write_text("\n".join(lines), encoding="utf-8")
        page.drop_file(path)
        page.wait("!document.querySelector('#rows').hidden", "the view of rows")
        contains(page.text("#run-state"), "4 rows")
        problems = page.text("#problems")
        for line in (
            "4 lines not read",
            "line 5: it is no JSON",
            "line 6:",
            "line 7: it has no chosen",
            "line 9: a response is no text",
        ):
            contains(problems, line)

    def check_a_result_is_saved_and_opened_again(self) -> None:
        page = self.start()
        self.fill(responses=[RESPONSES[0], HOSTILE])
        self.score()
        before = self.shown()
        page.click("#pin")
        page.write(RESPONSE.format(1), "It is not.")
        self.score()
        now = self.shown()
        page.click("#save")
        path = self.browser.downloads / "rewards.json"
        wait_for(lambda: path.exists() and path.stat().st_size > 100, "the saved file")
        text = path.read_text(encoding="utf-8")
        equal(json.loads(text)["format"], "dmoerm-page", "the format")
        self.start()
        page.give_file("#file", path)
        page.wait("document.querySelector('.ranking') !== null", "the opened result")
        equal(self.shown(), now, "the opened rewards")
        contains(page.text("article"), "from a file")
        contains(page.text("#comparison [data-response=A]"), before["A"])
        for broken in (
            text.replace('"rewards": [', '"rewards": ["<b>", '),
            text.replace('"version": 1', '"version": 9'),
        ):
            path.write_text(broken, encoding="utf-8")
            self.start()
            page.give_file("#file", path)
            page.wait("document.querySelector('#messages [role=alert]') !== null", "a refusal of the broken file")
            contains(page.text("#messages"), "cannot be opened")
            equal(self.shown(), {}, "numbers of a broken file")
        path.unlink()

    def check_models_show_their_cards(self) -> None:
        page = self.start("models")
        page.wait("document.querySelectorAll('#cards article').length", "the cards")
        with urllib.request.urlopen(f"{self.address}/v1/models", timeout=10) as answer:
            models = json.load(answer)["data"]
        for model, text in zip(models, page.texts("#cards article")):
            contains(text, model["id"])
            contains(text, model["fingerprint"])
            contains(text, f"{model['max_tokens']} tokens")
        self.picture("wide-light-models")

    def check_it_works_by_keyboard_alone(self) -> None:
        page = self.start()
        page.press("Tab")
        equal(page.read("document.activeElement.className"), "skip", "the first stop")
        page.press("Tab")
        equal(page.read("document.activeElement.id"), "tab-compare", "the second stop")
        page.press("ArrowRight")
        page.press("ArrowRight")
        equal(
            page.read("[document.activeElement.id, document.querySelector('#models').hidden]"),
            ["tab-models", False],
            "the third tab",
        )
        page.press("ArrowRight")
        page.press("Tab")
        page.press("Enter")
        equal(page.read("document.querySelector('#picker').open"), True, "the models' menu")
        page.press("Escape")
        equal(page.read("document.querySelector('#picker').open"), False, "the models' menu after Escape")
        for _ in range(40):
            if page.read("document.activeElement.matches('#turns textarea')"):
                break
            page.press("Tab")
        for text in (PROMPT, RESPONSES[0], RESPONSES[1]):
            while not page.read("document.activeElement.matches('textarea') && document.activeElement.value === ''"):
                page.press("Tab")
            page.send("Input.insertText", text=text)
        page.press("Enter", CONTROL)
        page.wait("document.querySelectorAll('.ranking > li').length === 2", "two ranked responses")

    def check_every_control_has_a_name(self) -> None:
        page = self.start()
        self.fill()
        self.score()
        page.click("#pin")
        for view in ("compare", "rows", "models"):
            page.click(f"#tab-{view}")
            nodes = page.send("Accessibility.getFullAXTree")["nodes"]
            kinds = {
                "button",
                "textbox",
                "combobox",
                "checkbox",
                "tab",
                "link",
                "listbox",
                "progressbar",
                "DisclosureTriangle",
            }
            nameless = [
                node["role"]["value"]
                for node in nodes
                if not node.get("ignored")
                and node["role"]["value"] in kinds
                and not node.get("name", {}).get("value", "").strip()
            ]
            equal(nameless, [], f"controls without a name in {view}")

    def check_nothing_is_cut_off_on_a_phone(self) -> None:
        page = self.start()
        page.resize(360, 740)
        self.fill(responses=[*RESPONSES, "W" * 200])
        self.score()
        page.wait(
            "document.querySelector('#results').getBoundingClientRect().top < 0.4 * innerHeight",
            "the result to be in view",
        )
        page.click("#pin")
        page.write(RESPONSE.format(1), "It simply is.")
        self.score()
        page.click("#tab-rows")
        self.load_rows(PAIRS)
        page.click("#row-list summary")
        for view in ("compare", "rows", "models"):
            page.click(f"#tab-{view}")
            wide = page.read("""[...document.querySelectorAll('main *')].filter((one) => one.checkVisibility() && !one.closest('.scroll, .unseen, pre')
                && one.getBoundingClientRect().right > innerWidth + 1).map((one) => `${one.tagName}.${one.className}`).slice(0, 5)""")
            equal((page.read("document.documentElement.scrollWidth"), wide), (360, []), f"width of {view}")
            self.picture(f"narrow-{view}")

    def check_text_can_be_read_in_light_and_dark(self) -> None:
        page = self.start()
        self.fill(responses=[*RESPONSES, " "])
        self.score()
        page.click("#pin")
        page.write(RESPONSE.format(1), "It simply is.")
        self.score()
        page.click("#tab-rows")
        self.load_rows(PAIRS)
        grounds = []
        for scheme in ("light", "dark"):
            page.prefer(scheme)
            for view in ("compare", "rows", "models"):
                page.click(f"#tab-{view}")
                equal(page.read(CONTRAST), [], f"text below 4.5 : 1 in {view}, {scheme}")
                self.picture(f"wide-{scheme}-{view}")
            grounds.append(page.read("getComputedStyle(document.body).backgroundColor"))
        if grounds[0] == grounds[1]:
            raise Failure(f"light and dark have one ground, {grounds[0]}")
        page.click("#theme")
        equal(
            page.read("getComputedStyle(document.body).backgroundColor"),
            grounds[0],
            "the ground, light in a dark system",
        )
        page.click("#theme")
        page.prefer("light")
        equal(
            page.read("getComputedStyle(document.body).backgroundColor"),
            grounds[1],
            "the ground, dark in a light system",
        )
        page.click("#theme")

    def check_nothing_else_than_the_server_is_asked(self) -> None:
        asked = [
            address
            for address in self.page.addresses
            if not address.startswith((self.address + "/", "about:", "data:", "blob:"))
        ]
        equal(asked, [], "addresses that were asked")


class FaultChecks(Checks):
    """What holds when the server is full, slow, locked or broken: a stand-in, which is so on demand."""

    def __init__(self, browser: Browser, server: StandInServer, pictures: Optional[Path]):
        super().__init__(browser, server.address, pictures)
        self.server = server

    def check_a_full_server_is_asked_again_when_it_says(self) -> None:
        page = self.start()
        self.fill()
        self.server.take_requests()
        self.server.add_faults([{"status": 429, "retry_after": 1, "path": "/v1/rewards"}])
        page.click("#score")
        page.wait("document.querySelector('#messages').innerText.includes('Asking again in 1 s')", "the notice")
        page.wait("document.querySelectorAll('.ranking > li').length === 3", "the result")
        first, second = (one["time"] for one in self.server.take_requests()["requests"])
        if second - first < 1:
            raise Failure(f"it was asked again after {second - first:.2f} s, and Retry-After was 1")
        equal(page.text("#messages"), "", "what is left of the notice")

    def check_a_key_is_asked_for_and_used(self) -> None:
        page = self.start()
        self.fill()
        self.server.key = "right"
        try:
            page.click("#score")
            page.write("#key", "wrong")
            page.press("Enter")
            page.wait(
                "document.querySelector('#messages').innerText.includes('does not take this key')",
                "the second question",
            )
            self.picture("wide-light-key", whole=False)
            page.write("#key", "right")
            page.press("Enter")
            page.wait("document.querySelectorAll('.ranking > li').length === 3", "the result")
            equal(
                page.read("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie").count(
                    "right"
                ),
                0,
                "stored keys",
            )
            page.open(f"{self.address}/")
            page.wait("document.querySelector('#key') !== null", "the question for a key at the start")
            page.write("#key", "right")
            page.click("#key-form button")
            page.wait("document.querySelectorAll('#picker input').length", "the list of models")
        finally:
            self.server.key = None

    def check_errors_are_shown_as_what_they_are(self) -> None:
        page = self.start()
        self.fill()
        whole = {
            "id": "x",
            "model": "stand-in-mixture",
            "bundle": {"name": "x", "fingerprint": "x"},
            "results": [
                {
                    "rewards": [1, 2, 3],
                    "errors": [None] * 3,
                    "ranking": [2, 1, 0],
                    "preferences": None,
                    "breakdowns": None,
                }
            ],
        }
        other = json.loads(json.dumps(whole))
        other["results"][0]["rewards"] = [1, 2]
        words = json.loads(json.dumps(whole))
        words["results"][0]["rewards"] = [1, 2, "3"]
        cases = [
            (
                {"status": 422, "code": "too_long", "message": "the conversation takes 900 tokens"},
                "Too long. the conversation takes 900 tokens",
            ),
            ({"status": 504, "code": "deadline_exceeded", "message": "no time"}, "Too late. no time"),
            ({"status": 500, "code": "<b>odd</b>", "message": HOSTILE}, f"Refused (<b>odd</b>). {HOSTILE}"),
            ({"status": 502, "body": "<h1>Bad gateway</h1>"}, "Not understood. HTTP status 502"),
            ({"body": "<html>"}, "Not understood. The answer is no JSON"),
            ({"body": "{}"}, "Not understood. The answer has no result"),
            ({"body": json.dumps(other)}, "Not understood. The answer has no rewards"),
            ({"body": json.dumps(words)}, "Not understood. The answer has no reward"),
            ({"body": json.dumps(whole).replace("3", "NaN", 1)}, "Not understood"),
            ({"cut": True}, "Not understood. The answer is no JSON"),
        ]
        for fault, said in cases:
            self.server.add_faults([{**fault, "path": "/v1/rewards"}])
            self.score()
            contains(page.text("article"), said)
            equal(self.shown(), {}, f"numbers after {fault}")
        self.score()
        equal(len(self.shown()), 3, "rewards once all is well")

    def check_turns_that_were_left_out_are_said(self) -> None:
        page = self.start()
        self.fill("word " * 700)
        for place, text in ((2, "I see."), (3, "Why is the sky blue?")):
            page.click("#add-turn")
            page.write(TURN.format(place), text)
        self.score()
        equal(page.text("article").count("oldest turns left out"), 3, "responses of which turns were left out")

    def check_scoring_can_be_stopped(self) -> None:
        page = self.start()
        self.fill()
        self.server.add_faults([{"delay": 1, "path": "/v1/rewards"}])
        page.click("#score")
        page.wait("document.querySelector('#score').innerText === 'Stop'", "the button to stop")
        page.click("#score")
        page.wait("document.querySelector('#score').innerText.startsWith('Score')", "the end")
        equal(self.shown(), {}, "rewards")

    def check_rows_are_scored_several_at_once_and_wait_when_the_server_is_full(self) -> None:
        page = self.start("rows")
        page.choose("#at-once", "2")
        rows = [
            {"prompt": f"Question {i}?", "chosen": f"A long and careful answer number {i}", "rejected": "no"}
            for i in range(40)
        ]
        self.load_rows(rows, run=False)
        wait_for(lambda: self.server.under_way == 0, "requests of earlier checks to end")
        self.server.take_requests()
        self.server.add_faults(
            [
                {"delay": 0.02, "times": 3},
                {"status": 429, "retry_after": 1, "times": 2},
                {"status": 429, "retry_after": 0},
                {"delay": 0.03, "times": 30},
                {"status": 422, "code": "too_long", "message": "too long"},
            ]
        )
        page.click("#run-rows")
        page.wait("document.querySelector('#run-state').innerText.includes('going on in 1 s')", "the pause")
        page.wait("document.querySelectorAll('#row-list > li').length === 40", "all rows", 30)
        asked = self.server.take_requests()
        equal(asked["most_at_once"], 2, "requests at once")
        equal(len(asked["requests"]), 43, "requests")
        contains(page.text("#tiles"), "rows without a reward")
        contains(page.text("#row-list"), "Too long")

    def check_scoring_rows_is_stopped_and_goes_on(self) -> None:
        page = self.start("rows")
        rows = [{"prompt": f"Question {i}?", "chosen": "An answer with words", "rejected": "no"} for i in range(30)]
        self.load_rows(rows, run=False)
        self.server.take_requests()
        self.server.add_faults([{"delay": 0.1, "times": 30}])
        page.click("#run-rows")
        page.wait("document.querySelector('#run-state').innerText.startsWith('8 of')", "eight rows")
        page.click("#run-rows")
        page.wait("document.querySelector('#run-rows').innerText === 'Score all rows'", "the stop")
        stopped = len(page.texts("#row-list > li"))
        if not 8 <= stopped < 30:
            raise Failure(f"{stopped} rows after the stop")
        page.click("#run-rows")
        page.wait("document.querySelectorAll('#row-list > li').length === 30", "the rest")
        asked = len(self.server.take_requests()["requests"])
        if asked > 34:
            raise Failure(f"{asked} requests for 30 rows: scored rows were scored again")
        page.click("#save-rows")
        path = self.browser.downloads / "rows-with-rewards.jsonl"
        wait_for(lambda: path.exists() and path.read_text().count("\n") == 30, "the saved rows")

    def check_several_models_are_side_by_side(self) -> None:
        page = self.start()
        self.fill()
        page.click("#picker summary")
        page.click("#picker label:nth-of-type(2) input")
        page.press("Escape")
        self.score()
        equal(len(page.texts("#results article")), 2, "results")
        contains(page.text("section[aria-label='Models side by side']"), "models")
        contains(page.text("article:nth-of-type(2)"), "keeps no temperature")
        self.picture("wide-light-models-side-by-side")
        page.click("#tab-rows")
        self.load_rows(PAIRS)
        contains(page.text("#tiles"), "pairs that models order otherwise")
        page.choose("#sort", "models")
        equal(len(page.texts("#row-list > li")), 4, "rows")


# Text whose contrast with the ground behind it is below what WCAG 2 asks for (AA: 4.5, of large text 3).
CONTRAST = r"""(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data] };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (one) => { for (; one; one = one.parentElement) { const c = rgba(getComputedStyle(one).backgroundColor);
    if (c[3] === 255) return c } return [255, 255, 255] };
  const found = [];
  for (const one of document.querySelectorAll('body *')) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || one.matches('textarea, select');
    if (!own || one.matches('option, :disabled') || one.closest('.unseen, .skip') || !one.checkVisibility()) continue;
    const style = getComputedStyle(one), [a, b] = [light(rgba(style.color)), light(ground(one))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05), large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) found.push(`${one.tagName}.${one.className} ${ratio.toFixed(2)}: ${one.textContent.slice(0, 20)}`);
  }
  return found.slice(0, 6);
})()"""


def plain_row(row: Dict[str, Any]) -> Any:
    prompt = row.get("messages") or row["prompt"]
    messages = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
    responses = row.get("responses") or [
        one if isinstance(one, str) else one[-1]["content"] for one in (row["chosen"], row["rejected"])
    ]
    return messages, responses, row.get("ranks", [1, 2])


def has_number(text: str, value: float, within: float = 6e-4) -> None:
    """The page rounds, and two calls that group texts otherwise differ in the last bits."""
    found = [float(one.replace("−", "-")) for one in re.findall(r"[−+]?\d+(?:\.\d+)?", text)]
    if not any(abs(one - value) <= within for one in found):
        raise Failure(f"{value:.4f} is not in {text!r}")


def equal(found: Any, expected: Any, what: str) -> None:
    if found != expected:
        raise Failure(f"{what}: {found!r}, expected {expected!r}")


def contains(text: str, part: str) -> None:
    if " ".join(part.split()) not in " ".join(text.split()):
        raise Failure(f"{part!r} is not in {text[:700]!r}")


def wait_for(holds: Callable[[], bool], what: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failure(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)


def run(checks: Checks, only: str) -> int:
    names = [
        name for kind in (Checks, type(checks)) for name in vars(kind) if name.startswith("check_") and only in name
    ]
    # What was asked of whom is checked once the others have asked.
    names = sorted(dict.fromkeys(names), key=lambda name: "nothing_else" in name)
    failed = 0
    for name in names:
        # A page that does not even start would make every check wait.
        if failed > 4:
            print("check_page: too much fails to go on")
            return 1
        started = time.monotonic()
        try:
            getattr(checks, name)()
            if checks.page.complaints:
                raise Failure(f"the browser complains: {checks.page.complaints}")
            print(f"passed  {name[6:]} ({time.monotonic() - started:.1f} s)", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAILED  {name[6:]}: {error if isinstance(error, Failure) else traceback.format_exc()}", flush=True)
        checks.page.complaints.clear()
    print(f"check_page: {len(names) - failed} of {len(names)} checks passed")
    return 1 if failed or not names else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", help="of a server that runs; a stand-in without it")
    parser.add_argument("--only", default="", help="checks whose name has this in it")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of the page")
    arguments = parser.parse_args()
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    try:
        with Browser() as browser:
            if arguments.address:
                return run(Checks(browser, arguments.address.rstrip("/"), arguments.pictures), arguments.only)
            with StandInServer() as server:
                return run(FaultChecks(browser, server, arguments.pictures), arguments.only)
    except Failure as error:
        print(f"check_page: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
