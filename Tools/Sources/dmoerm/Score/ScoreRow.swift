import DMoERM
import Foundation

/// A line of input to be scored: a prompt or messages, and a response or several.
struct ScoreRow: Decodable {
  var id: JSONValue?
  var conversation: Conversation
  var responses: [String]
  var category: String?
  /// Whether the responses were a list.
  var isList: Bool

  private enum CodingKeys: CodingKey { case id, prompt, messages, conversation, response, responses, category, task }

  private static let keys = "\"prompt\" or \"messages\", and \"response\" or \"responses\""

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: CodingKeys.self)
    id = try row.decodeIfPresent(JSONValue.self, forKey: .id)
    category =
      try row.decodeIfPresent(String.self, forKey: .category) ?? row.decodeIfPresent(String.self, forKey: .task)
    for (one, other) in [(CodingKeys.response, CodingKeys.responses), (.prompt, .messages), (.prompt, .conversation)]
    where row.contains(one) && row.contains(other) {
      throw Failure("\"\(one.stringValue)\" and \"\(other.stringValue)\" are both there", status: .badInput)
    }
    if let prompt = try? row.decodeIfPresent(String.self, forKey: .prompt) {
      conversation = try Conversation(prompt: prompt)
    } else if let turns = try row.decodeIfPresent([Message].self, forKey: .messages)
      ?? row.decodeIfPresent([Message].self, forKey: .conversation)
      ?? row.decodeIfPresent([Message].self, forKey: .prompt)
    {
      conversation = try Conversation(turns)
    } else {
      throw Failure("a row needs \(Self.keys)", status: .badInput)
    }
    if let response = try row.decodeIfPresent(String.self, forKey: .response) {
      responses = [response]
      isList = false
    } else if let list = try row.decodeIfPresent([String].self, forKey: .responses) {
      responses = list
      isList = true
    } else {
      throw Failure("a row needs \(Self.keys)", status: .badInput)
    }
    if responses.isEmpty { throw Failure("\"responses\" is empty", status: .badInput) }
    if let index = responses.firstIndex(where: \.isEmpty) { throw DataError.emptyResponse(index: index) }
  }

  /// - Throws: `Failure` that says what is wrong, but not with which line.
  init(_ bytes: Data) throws {
    do {
      self = try JSONDecoder().decode(ScoreRow.self, from: bytes)
    } catch let error as DecodingError {
      throw Failure(error.reason, status: .badInput)
    }
  }
}

extension DecodingError {
  /// What is wrong, without the text that was read.
  fileprivate var reason: String {
    func key(_ context: Context) -> String { context.codingPath.map(\.stringValue).joined(separator: ".") }
    switch self {
    case .typeMismatch(let type, let context):
      let name =
        switch "\(type)" {
        case let text where text.hasPrefix("Dictionary"): "object"
        case let text where text.hasPrefix("Array"): "list"
        case "String": "text"
        default: "value of the right kind"
        }
      return context.codingPath.isEmpty ? "not a JSON object" : "\"\(key(context))\" is no \(name)"
    case .valueNotFound(_, let context): return "\"\(key(context))\" is null"
    case .keyNotFound(let missing, _): return "missing key \"\(missing.stringValue)\""
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty ? "not a JSON object" : "\"\(key(context))\" cannot be read"
    @unknown default: return "it cannot be read"
    }
  }
}
