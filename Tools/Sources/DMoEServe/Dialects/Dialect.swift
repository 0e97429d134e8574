@_spi(Command) import DMoERM
import Foundation

/// One way in which clients ask for rewards: a request that was read, and how it is answered.
protocol Dialect: Sendable {
  /// Whether a request says which model it asks; otherwise only its address can.
  static var namesModel: Bool { get }

  /// Reads a request.
  ///
  /// - Throws: `ServeError` for what cannot be read, or would change rewards and is not implemented.
  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError)

  /// What is to be scored.
  var items: [ScoringItem] { get }

  /// The answer, once everything is scored; a response without a reward is an error unless the dialect has a place for it.
  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree

  /// An error in the dialect's own form.
  static func body(of error: ServeError) -> JSONTree

  /// The status of an error.
  static func status(of error: ServeError) -> Int
}

extension Dialect {
  static var namesModel: Bool { true }
  static func status(of error: ServeError) -> Int { error.code.status }
}

/// What answers say besides rewards.
struct AnswerFacts: Sendable {
  let served: ServedModel
  /// The request's id.
  let id: String
  let date: Date

  /// Seconds since 1970.
  var created: JSONTree { JSONTree(Int(date.timeIntervalSince1970)) }
  /// The name of the model.
  var model: JSONTree { JSONTree(served.name) }
}

extension [ScoredItem] {
  /// The breakdowns of all responses, one after the other.
  ///
  /// - Throws: The first error among them: no number stands in its place.
  func breakdowns() throws(ServeError) -> [RewardBreakdown] {
    var result: [RewardBreakdown] = []
    for (place, response) in flatMap(\.responses).enumerated() {
      switch response {
      case .success(let breakdown): result.append(breakdown)
      case .failure(let error):
        let many = flatMap(\.responses).count > 1
        throw many ? ServeError(error.code, "text \(place): \(error.message)", retryAfter: error.retryAfter) : error
      }
    }
    return result
  }

  /// The rewards of all responses, one after the other.
  func rewards() throws(ServeError) -> [Float] { try breakdowns().map(\.reward) }

  /// Tokens of all texts as clients count them: the prompt with every response.
  var totalTokens: Int {
    flatMap(\.responses).reduce(0) { sum, response in
      if case .success(let breakdown) = response { sum + breakdown.tokenCount } else { sum }
    }
  }
}

extension Float {
  /// 1 / (1 + exp(-x)).
  var sigmoid: Float { 1 / (1 + exp(-self)) }
}
