@_spi(Command) import DMoEData
import Foundation
import Testing

@_spi(Command) @testable import DMoELabel

@Suite struct WireTests {
  private let request = CompletionRequest(
    model: "m", messages: [.system("a"), .user("\"b\"\n\u{1}é")], temperature: 0.5, maximumTokens: 8, seed: 7,
    topLogProbabilities: 5, responseSchema: "{ \"z\": [1, \" x \\\" y \"],\n \"a\": {} }")

  private func text(_ request: CompletionRequest, _ adjustments: Set<RequestAdjustment> = []) throws -> String {
    String(decoding: try ChatCompletionsBody(request, adjustments: adjustments).bytes, as: UTF8.self)
  }

  @Test func theBodyIsInWordsOfTheService() throws {
    #expect(
      try text(request)
        == #"{"logprobs":true,"max_tokens":8,"messages":[{"content":"a","role":"system"},"#
        + #"{"content":"\"b\"\n\u0001é","role":"user"}],"model":"m","#
        + #""response_format":{"json_schema":{"name":"reply","schema":{"z":[1," x \" y "],"a":{}},"strict":true},"#
        + #""type":"json_schema"},"seed":7,"stream":false,"temperature":0.5,"top_logprobs":5}"#)
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(try text(request).utf8)) }
  }

  @Test func whatIsNilIsLeftToTheService() throws {
    let bare = CompletionRequest(model: "m", messages: [.user("a")], temperature: nil)
    let expected = #"{"messages":[{"content":"a","role":"user"}],"model":"m","stream":false}"#
    #expect(try text(bare) == expected)
    let zero = CompletionRequest(model: "m", messages: [.user("a")], topLogProbabilities: 0)
    #expect(try text(zero).contains(#""logprobs":true"#) && !(try text(zero).contains("top_logprobs")))
    #expect(try text(zero).contains(#""temperature":0}"#))
    let all = Set(RequestAdjustment.allCases)
    #expect(
      try text(request, all).contains(#"{"max_completion_tokens":8,"messages""#)
        && (try text(request, all).hasSuffix(#""model":"m","stream":false}"#)))
  }

  @Test func whatCannotBeSentIsAnError() {
    var bad = request
    bad.temperature = .infinity
    #expect(throws: CompletionError.self) { try text(bad) }
    bad = request
    bad.responseSchema = "[1]"
    #expect(throws: CompletionError.self) { try text(bad) }
  }

  @Test(arguments: [
    ("https://host", "https://host/v1/chat/completions"), ("https://host/", "https://host/v1/chat/completions"),
    ("https://host/v1", "https://host/v1/chat/completions"), ("https://host/v1/", "https://host/v1/chat/completions"),
    ("http://host:8080/api/v1", "http://host:8080/api/v1/chat/completions"),
    ("https://host/v1beta/openai/", "https://host/v1beta/openai/chat/completions"),
    ("https://host/v1/chat/completions", "https://host/v1/chat/completions"),
    ("https://host/v1/chat/completions/", "https://host/v1/chat/completions"),
    ("https://host/x?api-version=1#f", "https://host/x/chat/completions?api-version=1"),
  ])
  func baseURLsFollowOneRule(base: String, expected: String) throws {
    #expect(try ServiceAddress.completions(base: #require(URL(string: base))).absoluteString == expected)
  }

  @Test(arguments: ["host/v1", "ftp://host", "https://user:secret@host/v1", "https:///v1", "file:///v1"])
  func whatIsNoServiceIsNoBaseURL(base: String) throws {
    let url = try #require(URL(string: base))
    let error = #expect(throws: CompletionError.self) { try ChatCompletionsClient(baseURL: url) }
    #expect(error?.kind == "invalid-base-url" && error?.description.contains("secret") == false)
  }

  private func reply(_ message: String, rest: String = "") throws -> CompletionReply {
    try ChatCompletion.reply(from: Data(#"{"choices":[{"message":\#(message)\#(rest)}]}"#.utf8))
  }

  @Test func contentMayBeTextPartsOrNothing() throws {
    #expect(try reply(#"{"content":"a"}"#).text == "a")
    #expect(try reply(#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#).text == "ab")
    #expect(try reply(#"{"content":[{"type":"refusal","refusal":"no"}]}"#).refusal == "no")
    #expect(
      try reply(#"{"content":null,"refusal":"no"}"#) == .init(text: "", refusal: "no", finishReason: .other("none")))
    #expect(try reply(#"{"content":"a","refusal":""}"#).refusal == nil)
    #expect(try reply(#"{"content":"a"}"#, rest: #","finish_reason":null"#).finishReason == .other("none"))
    #expect(throws: CompletionError.malformedReply(reason: "other JSON")) { try reply(#"{"content":5}"#) }
  }

  @Test func logProbabilitiesAreRead() throws {
    let entry = #"{"token":"1","logprob":-0.5,"bytes":[49],"top_logprobs":[{"token":"2","logprob":-1}]}"#
    let tokens = try reply(#"{"content":"1"}"#, rest: #","logprobs":{"content":[\#(entry)]}"#).tokens
    #expect(
      tokens == [.init(token: "1", logProbability: -0.5, alternatives: [.init(token: "2", logProbability: -1)])])
    #expect(try reply(#"{"content":"1"}"#, rest: #","logprobs":null"#).tokens == nil)
    #expect(try reply(#"{"content":"1"}"#, rest: #","logprobs":{"tokens":["1"]}"#).tokens == nil)
  }

  @Test(arguments: [
    ("{}", nil), ("null", nil),
    (
      #"{"prompt_tokens":5,"completion_tokens":2}"#,
      CompletionReply.Usage?.some(.init(promptTokens: 5, completionTokens: 2))
    ),
    (#"{"prompt_tokens":-5,"completion_tokens":2}"#, nil),
    (
      #"{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":null}"#,
      .init(promptTokens: 5, completionTokens: 2)
    ),
    (
      #"{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":9}}"#,
      .init(promptTokens: 5, completionTokens: 2, cachedTokens: 5)
    ),
  ])
  func usageIsOptionalAndBelievable(usage: String, expected: CompletionReply.Usage?) throws {
    let body = #"{"choices":[{"message":{"content":"a"}}],"usage":\#(usage)}"#
    #expect(try ChatCompletion.reply(from: Data(body.utf8)).usage == expected)
  }

  @Test(arguments: ["", "<html>", "[]", "{}", #"{"choices":[]}"#, #"{"choices":[{}]}"#, #"{"choices":null}"#, "\u{FF}"])
  func otherRepliesAreMalformed(body: String) {
    let error = #expect(throws: CompletionError.self) { try ChatCompletion.reply(from: Data(body.utf8)) }
    #expect(error?.kind == "malformed-reply")
  }

  @Test(arguments: [
    (["retry-after": "7"], Duration?.some(.seconds(7))), (["retry-after": " 0.5 "], .milliseconds(500)),
    (["retry-after-ms": "20", "retry-after": "7"], .milliseconds(20)), (["retry-after": "-3"], nil),
    (["retry-after": "nan"], nil), (["retry-after": "soon"], nil), ([:], nil),
    (["retry-after": "99999999999"], .seconds(86_400)),
    (["retry-after": "Sun, 06 Nov 1994 08:49:40 GMT", "date": "Sun, 06 Nov 1994 08:49:37 GMT"], .seconds(3)),
    (["retry-after": "Sunday, 06-Nov-94 08:49:38 GMT"], .seconds(1)),
    (["retry-after": "Sun Nov  6 08:49:47 1994"], .seconds(10)),
    (["retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"], .zero),
    (["x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"], .seconds(360)),
    (
      ["x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-requests": "0"],
      .seconds(1)
    ),
    (["x-ratelimit-reset-tokens": "20ms"], .milliseconds(20)),
    (["x-ratelimit-reset-requests": "1h2m3.5s"], .milliseconds(3_723_500)),
    (["x-ratelimit-reset-requests": "1x"], nil), (["x-ratelimit-reset-requests": ""], nil),
  ])
  func theTimeToWaitIsRead(headers: [String: String], expected: Duration?) {
    // Sun, 06 Nov 1994 08:49:37 GMT, the date of the RFC's examples.
    let now = Date(timeIntervalSince1970: 784_111_777)
    #expect(RetryAfter.parse(headers, now: now) == expected)
  }

  @Test(
    arguments: [
      (#"{"error":{"code":502,"message":"m"},"finish_reason":"error","message":{"content":""}}"#, 502, "m"),
      (#"{"error":{"code":"502","message":"m"},"message":{"content":"1"},"finish_reason":"stop"}"#, 502, "m"),
      (#"{"error":"m","message":{"content":"1"}}"#, 500, "m"), (#"{"error":{"message":"m"}}"#, 500, "m"),
      (#"{"message":{"content":"1"},"finish_reason":"error"}"#, 500, nil),
      (#"{"message":{"content":null},"finish_reason":"insufficient_system_resource"}"#, 500, nil),
      (#"{"message":{"content":"1"},"finish_reason":"network_error"}"#, 500, nil),
    ] as [(String, Int, String?)])
  func anErrorInTheChoiceIsTheServices(choice: String, status: Int, message: String?) throws {
    let body = Data(#"{"choices":[\#(choice)]}"#.utf8)
    #expect(throws: CompletionError.self) { try ChatCompletion.reply(from: body) }
    let error = try #require(ServiceError(replyBody: body))
    #expect(error.impliedStatus == status && error.message == message)
  }

  @Test(arguments: ["null", "\"\"", "{}", "false"]) func anEmptyErrorIsNone(error: String) throws {
    let choice = #"{"message":{"content":"1"},"error":\#(error),"finish_reason":"stop"}"#
    let body = Data(#"{"error":\#(error),"choices":[\#(choice)]}"#.utf8)
    #expect(try ChatCompletion.reply(from: body).text == "1")
    #expect(ServiceError(replyBody: body) == nil)
  }

  @Test(
    arguments: [
      ("length", .length), ("MAX_TOKENS", .length), ("model_length", .length), ("content_filter", .contentFilter),
      ("sensitive", .contentFilter), ("SAFETY", .contentFilter), ("stop", .stop), ("eos", .other("eos")),
    ] as [(String, CompletionReply.FinishReason)])
  func reasonsAreReadInTheWordsOfSeveralServices(word: String, reason: CompletionReply.FinishReason) throws {
    #expect(try reply(#"{"content":"1"}"#, rest: #","finish_reason":"\#(word)""#).finishReason == reason)
  }

  @Test func theFirstOfSeveralChoicesIsTheOneOfTheLowestIndex() throws {
    let choices = #"{"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"}}"#
    #expect(try ChatCompletion.reply(from: Data(#"{"choices":[\#(choices)]}"#.utf8)).text == "a")
  }
}
