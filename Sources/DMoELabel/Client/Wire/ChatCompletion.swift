import Foundation

/// A chat completion as services send it; what is not needed may be missing or of another kind.
struct ChatCompletion: Decodable {
  private var error: Lenient<ErrorMark>?
  private var choices: [Choice]?
  private var usage: Lenient<Usage>?

  /// The reply of a service that answered with a good status.
  ///
  /// - Throws: `CompletionError.malformedReply`, also where an error stands in the place of the reply.
  static func reply(from body: Data) throws(CompletionError) -> CompletionReply {
    let completion: ChatCompletion
    do {
      completion = try JSONDecoder().decode(ChatCompletion.self, from: body)
    } catch DecodingError.dataCorrupted {
      throw .malformedReply(reason: "not JSON")
    } catch {
      throw .malformedReply(reason: "other JSON")
    }
    if completion.error?.value != nil { throw .malformedReply(reason: "an error in its place") }
    // One is asked for. Where there are several, their order is the service's.
    let first = completion.choices?.min { ($0.index?.value ?? 0) < ($1.index?.value ?? 0) }
    guard let choice = first else { throw .malformedReply(reason: "no choices") }
    let finish = choice.finishReason?.value ?? "none"
    guard choice.error?.value == nil, !FinishWord.meansFailure(finish) else {
      throw .malformedReply(reason: "an error in the place of a choice")
    }
    guard let message = choice.message else { throw .malformedReply(reason: "no message") }
    let parts = message.content?.parts ?? []
    let refusal = message.refusal ?? parts.lazy.compactMap(\.refusal).first
    return CompletionReply(
      text: parts.compactMap(\.text).joined(), refusal: refusal.flatMap { $0.isEmpty ? nil : $0 },
      finishReason: FinishWord.reason(finish), usage: completion.usage?.value?.counts,
      tokens: choice.logProbabilities?.value?.content?.map(\.token))
  }
}

extension ChatCompletion {
  /// Decodes what it can; anything else is nil.
  private struct Lenient<Value: Decodable>: Decodable {
    var value: Value?

    init(from decoder: any Decoder) throws { value = try? decoder.singleValueContainer().decode(Value.self) }
  }

  /// An error that is more than an empty text or object.
  private struct ErrorMark: Decodable {
    private struct AnyKey: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }

      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let isEmpty =
        if let text = try? decoder.singleValueContainer().decode(String.self) {
          text.isEmpty
        } else {
          try decoder.container(keyedBy: AnyKey.self).allKeys.isEmpty
        }
      if isEmpty { throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "empty")) }
    }
  }

  private struct Choice: Decodable {
    var index: Lenient<Int>?
    var error: Lenient<ErrorMark>?
    var message: ReplyMessage?
    var finishReason: Lenient<String>?
    var logProbabilities: Lenient<TokenList>?

    private enum CodingKeys: String, CodingKey {
      case index, error, message
      case finishReason = "finish_reason"
      case logProbabilities = "logprobs"
    }
  }

  private struct ReplyMessage: Decodable {
    var content: Content?
    var refusal: String?
  }

  /// A text, or a list of parts.
  private struct Content: Decodable {
    struct Part: Decodable {
      var text: String?
      var refusal: String?
    }

    var parts: [Part]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        parts = [Part(text: text)]
      } else {
        parts = try container.decode([Part].self)
      }
    }
  }

  private struct Usage: Decodable {
    struct PromptDetails: Decodable {
      var cachedTokens: Int?

      private enum CodingKeys: String, CodingKey { case cachedTokens = "cached_tokens" }
    }

    var promptTokens: Int
    var completionTokens: Int
    var promptDetails: Lenient<PromptDetails>?

    private enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens"
      case completionTokens = "completion_tokens"
      case promptDetails = "prompt_tokens_details"
    }

    /// The counts; nil if they cannot be true, as no ledger should add them up.
    var counts: CompletionReply.Usage? {
      let believable = 0...1_000_000_000
      guard believable.contains(promptTokens), believable.contains(completionTokens) else { return nil }
      let cached = promptDetails?.value?.cachedTokens ?? 0
      return .init(
        promptTokens: promptTokens, completionTokens: completionTokens, cachedTokens: min(max(cached, 0), promptTokens))
    }
  }

  private struct TokenList: Decodable { var content: [TokenEntry]? }

  private struct TokenEntry: Decodable {
    struct Alternative: Decodable {
      var token: String
      var logprob: Double
    }

    var token: CompletionReply.TokenLogProbability

    private enum CodingKeys: String, CodingKey {
      case token, logprob
      case alternatives = "top_logprobs"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      let alternatives = try container.decodeIfPresent([Alternative].self, forKey: .alternatives) ?? []
      token = .init(
        token: try container.decode(String.self, forKey: .token),
        logProbability: Float(try container.decode(Double.self, forKey: .logprob)),
        alternatives: alternatives.map { .init(token: $0.token, logProbability: Float($0.logprob)) })
    }
  }
}
