@_spi(Command) import DMoEData
import Foundation
import Testing

@_spi(Command) @testable import DMoELabel

@Suite struct CompletionErrorTests {
  private static let key = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWx"
  private static let prompt = "Which of these two replies shows more empathy towards the person who lost a job?"

  private func error(
    _ status: Int, _ body: String, headers: [String: String] = [:], messages: [Message]? = [.user(prompt)]
  ) -> CompletionError {
    CompletionError(
      status: status, headers: headers, error: ServiceError(body: Data(body.utf8)), key: Self.key, messages: messages,
      now: Date(timeIntervalSince1970: 0))
  }

  private static let all: [CompletionError] =
    [
      .invalidBaseURL(reason: "r"), .keyUnavailable(source: "s"), .invalidRequest(reason: "r"),
      .unauthorized(status: 401), .quotaExhausted(), .rateLimited(retryAfter: .seconds(2)),
      .unknownModelOrPath(detail: nil), .badRequest(status: 400, code: nil, detail: nil),
      .serverFailure(status: 503, retryAfter: .seconds(2)), .redirected(status: 302), .leftOutOfBatch(code: nil),
      .timedOut(after: .seconds(1)), .malformedReply(reason: "r"), .replyTooLarge(limit: 1),
    ] + CompletionError.Loss.allCases.map { .connectionLost($0) }

  @Test func everyFaultHasItsOwnName() {
    #expect(Set(Self.all.map(\.kind)).count == Self.all.count)
    #expect(Set(Self.all.map(\.description)).count == Self.all.count)
    #expect(Self.all.allSatisfy { $0.kind.allSatisfy { $0.isLowercase || $0 == "-" } })
  }

  @Test func whatToDoFollowsFromTheFault() {
    func kinds(_ property: (CompletionError) -> Bool) -> Set<String> { Set(Self.all.filter(property).map(\.kind)) }
    #expect(
      kinds(\.isRetriable) == [
        "rate-limited", "server-failure", "left-out-of-batch", "timed-out", "malformed-reply", "connection-refused",
        "connection-dropped", "connection-cut-off",
      ])
    #expect(
      kinds(\.stopsEverything) == [
        "invalid-base-url", "key-unavailable", "unauthorized", "quota-exhausted", "unknown-model-or-path",
        "redirected", "connection-insecure",
      ])
    #expect(
      kinds(\.mayHaveBeenBilled) == [
        "timed-out", "malformed-reply", "reply-too-large", "connection-dropped", "connection-cut-off",
      ])
    #expect(kinds { $0.retryAfter != nil } == ["rate-limited", "server-failure"])
  }

  @Test(arguments: [
    (400, "bad-request"), (401, "unauthorized"), (402, "quota-exhausted"), (403, "unauthorized"),
    (404, "unknown-model-or-path"), (408, "server-failure"), (409, "server-failure"), (413, "bad-request"),
    (422, "bad-request"), (429, "rate-limited"), (500, "server-failure"), (529, "server-failure"),
    (307, "redirected"), (199, "malformed-reply"),
  ])
  func statusesAreClassified(status: Int, kind: String) {
    #expect(error(status, "<html>").kind == kind)
    #expect(error(status, #"{"error":{"message":"no"}}"#).kind == kind)
  }

  @Test(arguments: [
    (429, #"{"error":{"type":"insufficient_quota"}}"#, "quota-exhausted"),
    (429, #"{"error":{"code":"insufficient_quota","type":null}}"#, "quota-exhausted"),
    (400, #"{"error":{"code":"model_not_found"}}"#, "unknown-model-or-path"),
    (400, #"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]"#, "unauthorized"),
    (403, #"{"error":{"message":"Your input was flagged","metadata":{}}}"#, "bad-request"),
  ])
  func wordsSayMoreThanTheStatus(status: Int, body: String, kind: String) {
    #expect(error(status, body).kind == kind)
  }

  @Test(arguments: [
    #"{"error":{"message":"no model m"}}"#, #"{"error":"no model m"}"#, #"{"message":"no model m","object":"error"}"#,
    #"{"detail":"no model m"}"#, #"[{"error":{"message":" no\n model\u0007 m "}}]"#,
  ])
  func theServicesWordsAreFoundInEveryForm(body: String) {
    #expect(error(404, body) == .unknownModelOrPath(detail: "no model m"))
  }

  @Test func theKeyIsNeverRepeated() {
    let whole = error(400, #"{"error":{"message":"bad header Bearer \#(Self.key), sorry","code":"\#(Self.key)"}}"#)
    #expect(whole == .badRequest(status: 400, code: nil, detail: "bad header Bearer ***, sorry"))
    let part = error(400, #"{"error":{"message":"key \#(Self.key.prefix(14))... is odd"}}"#)
    #expect(part == .badRequest(status: 400, code: nil, detail: "key ***... is odd"))
    // A cut must not come before the search.
    let late = error(400, #"{"error":{"message":"\#(String(repeating: "a ", count: 90))\#(Self.key)"}}"#)
    for text in ["\(whole)", "\(part)", "\(late)", String(reflecting: late)] {
      #expect(!text.contains("sk-proj") && !text.contains("OpQrStUv"))
    }
  }

  private func detail(_ message: String, _ messages: [Message]?) -> String? {
    let body = (try? JSONEncoder().encode(["error": ["message": message]])) ?? Data()
    let error = error(400, String(decoding: body, as: UTF8.self), messages: messages)
    guard case .badRequest(_, _, let detail) = error else { return "not a bad request" }
    return detail
  }

  @Test func wordsThatQuoteAMessageAreLeftOut() {
    let quotation = Self.prompt.dropFirst(10).prefix(24)
    #expect(detail("cannot parse: \(quotation)", [.user(Self.prompt)]) == "cannot parse: …")
    #expect(
      detail("cannot parse \(quotation)", [.system("x"), .user("other"), .assistant(Self.prompt)])
        == "cannot parse …")
    #expect(
      detail("cannot parse \(quotation.replacing(" ", with: "\n")) there", [.user(Self.prompt)])
        == "cannot parse … there")
    #expect(detail("bad word: password", [.user("password")]) == "bad word: …")
    #expect(detail("password", [.user("password")]) == nil)
    #expect(detail("anything", nil) == nil)
    #expect(detail(String(repeating: "long ", count: 100), [.user("x")])?.count == 200)
  }

  @Test func evenShortTextsOfARowAreLeftOut() throws {
    let pair = try RankedResponses(
      id: "0", conversation: Conversation(prompt: "Question number 0?"), responses: ["GOODX answer", "西湖在杭州市西部"],
      ranks: [1, 2])
    let comparison = try #require(
      ComparisonPlan(samples: [pair], taxonomy: .paper, overall: true).comparisons.first)
    let messages = ComparisonPrompt.english.render(comparison, order: .forward)
    #expect(detail("blocked: Question number 0? GOODX answer", messages) == "blocked: …")
    #expect(detail(#"blocked ("question NUMBER 0?\nGOODX answer") by rule 7"#, messages) == "blocked … by rule 7")
    #expect(detail("blocked: 西湖在杭州市西部", messages) == "blocked: …")
    // Words that the template happens to have are the service's own.
    #expect(detail("The response to the last turn is empty", messages) == "The response to the last turn is empty")
  }

  @Test(arguments: [
    ("Incorrect API key provided: sk-live-1", "Incorrect API key provided: ***"),
    ("Authorization: Bearer gateway7 is unknown", "Authorization: Bearer *** is unknown"),
    ("Bearer token is missing", "Bearer token is missing"), ("key=sk-abc was used", "*** was used"),
    ("your key AbCd****wxyz has expired", "your key *** has expired"), ("API key: none7", "API key: ***"),
  ]) func whatLooksLikeAKeyIsHidden(message: String, shown: String) {
    #expect(detail(message, [.user("x")]) == shown)
    for status in [401, 402, 403, 404, 429, 503] {
      #expect(error(status, #"{"error":{"message":"\#(message)"}}"#).detail == shown, "\(status)")
    }
  }

  @Test func theWordsOfAnEmptyAccountAreKept() {
    let error = error(402, #"{"error":{"message":"Insufficient credits","code":402}}"#)
    #expect(error == .quotaExhausted(detail: "Insufficient credits"))
    #expect("\(error)" == "the account at the service has no quota left: Insufficient credits")
  }

  @Test(arguments: [
    (
      #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}"#,
      RequestAdjustment?.some(.renamesMaximumTokens)
    ),
    (
      #"{"error":{"message":"'temperature' does not support 0 with this model. Only the default (1) value is supported.","param":"temperature","code":"unsupported_value"}}"#,
      .omitsTemperature
    ),
    (#"{"error":{"message":"This response_format type is unavailable now: not supported"}}"#, .omitsResponseSchema),
    (#"{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}"#, .omitsSeed),
    (#"{"error":{"message":"logprobs are not supported by this model"}}"#, .omitsLogProbabilities),
    (#"{"error":{"message":"max_tokens is too large: 99999","param":"max_tokens","code":"invalid_value"}}"#, nil),
    (#"{"error":{"message":"Invalid schema for response_format 'reply'","param":"response_format"}}"#, nil),
    (#"{"error":{"message":"unsupported role seedling"}}"#, nil),
  ])
  func onlyUnsupportedFieldsAreAdjusted(body: String, adjustment: RequestAdjustment?) {
    #expect(RequestAdjustment(status: 400, ServiceError(body: Data(body.utf8))) == adjustment)
    #expect(RequestAdjustment(status: 500, ServiceError(body: Data(body.utf8))) == nil)
  }

  @Test func aKeyShowsInNoDescription() async throws {
    let key = APIKey { Self.key }
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(text.contains("APIKey(***)") && !text.contains("sk-proj"))
    }
    #expect(try await key.value() == Self.key)
    #expect(try await APIKey { " \(Self.key)\n" }.value() == Self.key)
  }

  @Test func aMissingKeySaysWhereItWasSought() async {
    struct Leak: Error { var key: String }
    await #expect(throws: CompletionError.keyUnavailable(source: "the environment variable DMOERM_NO_SUCH_KEY")) {
      try await APIKey.environment("DMOERM_NO_SUCH_KEY").value()
    }
    await #expect(throws: CompletionError.keyUnavailable(source: "its closure")) {
      try await APIKey { throw Leak(key: Self.key) }.value()
    }
    await #expect(throws: CompletionError.keyUnavailable(source: "its closure")) {
      try await APIKey { "two\r\nHeaders: 1" }.value()
    }
  }
}
