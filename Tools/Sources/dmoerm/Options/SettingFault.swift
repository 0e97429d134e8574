import DMoERM
import Foundation

/// What is wrong with a setting, by its key.
enum SettingFault {
  /// The words that a key may have.
  private static let words: [String: [String]] = [
    "baseStart": TrainingConfiguration.BaseStart.allCases.map(\.rawValue),
    "expertPrompts": PhaseSplit.ExpertPrompts.allCases.map(\.rawValue),
    "fineTuning": TrainingConfiguration.FineTuning.allCases.map(\.rawValue),
    "lengthPolicy": RewardModel.LengthPolicy.allCases.map(\.rawValue),
    "pooling": StatePooling.allCases.map(\.rawValue),
    "schedule": PhaseTraining.Schedule.allCases.map(\.rawValue),
    "selection": TrainingConfiguration.Selection.allCases.map(\.rawValue),
    "ties": RankingLoss.Ties.allCases.map(\.rawValue),
  ]

  /// The forms of keys whose objects name one of several cases.
  private static let forms: [String: String] = [
    "unlabelled": #"{"drop": {}}, {"route": {"minimumProbability": 0.8}} or {"category": {"id": "general"}}"#,
    "routing": #"{"top1": {}} or {"mixture": {"threshold": 0.5}}"#,
  ]

  /// - Throws: `Failure` with the key at fault.
  static func decode<T: Decodable>(_ type: T.Type, from value: JSONValue, in place: String) throws -> T {
    do {
      return try JSONDecoder().decode(type, from: JSONEncoder().encode(value))
    } catch let error as DecodingError {
      // Of a number that its type cannot hold Foundation does not say which.
      let number = error.hasNoPlace ? misfitNumber(of: type, in: value) : nil
      throw Failure("\(place): \(number ?? reason(error))", status: .usage)
    }
  }

  /// The number that its key's type cannot hold: the one without which the rest can be read.
  private static func misfitNumber<T: Decodable>(of type: T.Type, in value: JSONValue) -> String? {
    let numbers = value.numbers()
    for (index, number) in numbers.enumerated() {
      let rest = value.replacingNumbers(index + 1)
      do { _ = try JSONDecoder().decode(type, from: JSONEncoder().encode(rest)) } catch let error as DecodingError {
        if error.hasNoPlace { continue }
      } catch {}
      return "\"\(number.place)\" cannot be \(number.text): it is not whole, below 0 or too large"
    }
    return nil
  }

  /// Refuses settings with a key that their type does not read.
  ///
  /// - Parameter base: What they are put over.
  /// - Throws: `Failure` with the key.
  static func checkKeys<T: Codable>(
    of settings: JSONValue, as type: T.Type, over base: JSONValue = .object([:]), in place: String
  ) throws {
    func unknown(in settings: JSONValue) throws -> String? {
      let result = try decode(type, from: base.overridden(by: settings), in: place)
      // What does not come back out was not understood.
      return settings.firstKey(missingIn: try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(result)))
    }
    if let key = try unknown(in: settings) { throw self.unknown(key, in: place) }
    // A null never comes back: a key that is read does not take a list of lists in its place.
    for index in 0..<settings.nullCount {
      var left = index
      let probe = settings.replacingNull(&left, by: .array([.array([])]))
      if let key = try? unknown(in: probe) { throw self.unknown(key, in: place) }
    }
  }

  private static func unknown(_ key: String, in place: String) -> Failure {
    Failure("\(place): there is no setting \"\(key)\"", status: .usage)
  }

  static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "\"\(KeyPathText(context.codingPath + [key]).text)\" is missing"
    case .valueNotFound(let type, let context): misfit(context.codingPath, expected(type), "is null, not")
    case .typeMismatch(let type, let context): misfit(context.codingPath, expected(type), "is not")
    case .dataCorrupted(let context): misfit(context.codingPath, "a value that it may have", "is not")
    @unknown default: "a value is not of its key's kind"
    }
  }

  private static func misfit(_ path: [any CodingKey], _ expected: String, _ verb: String) -> String {
    let name = KeyPathText(path).text
    guard let key = path.last?.stringValue, !name.isEmpty else { return "a value is not of its key's kind or range" }
    if let place = path.firstIndex(where: { forms[$0.stringValue] != nil }), let form = forms[path[place].stringValue] {
      return "\"\(KeyPathText(Array(path[...place])).text)\" is \(form)"
    }
    if let words = words[key] { return "\"\(name)\" is one of \(words.joined(separator: ", "))" }
    return "\"\(name)\" \(verb) \(expected)"
  }

  private static func expected(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is any ExpressibleByArrayLiteral.Type: "a list"
    default: "an object"
    }
  }
}

extension DecodingError {
  fileprivate var hasNoPlace: Bool {
    guard case .dataCorrupted(let context) = self else { return false }
    return context.codingPath.isEmpty
  }
}

extension JSONValue {
  /// Every number with its place, in one order.
  fileprivate func numbers(_ place: KeyPathText = KeyPathText()) -> [(place: String, text: String)] {
    switch self {
    case .integer(let value): [(place.text, "\(value)")]
    case .unsigned(let value): [(place.text, "\(value)")]
    case .number(let value): [(place.text, "\(value)")]
    case .array(let values): values.enumerated().flatMap { $1.numbers(place.appending($0)) }
    case .object(let members):
      members.sorted { $0.key < $1.key }.flatMap { $0.value.numbers(place.appending($0.key)) }
    case .null, .bool, .string: []
    }
  }

  /// With 1 in place of the first numbers in that order.
  fileprivate func replacingNumbers(_ count: Int) -> JSONValue {
    var left = count
    return replacingNumbers(&left)
  }

  private func replacingNumbers(_ left: inout Int) -> JSONValue {
    switch self {
    case .integer, .unsigned, .number:
      guard left > 0 else { return self }
      left -= 1
      return .integer(1)
    case .array(let values): return .array(values.map { $0.replacingNumbers(&left) })
    case .object(let members):
      return .object(
        members.sorted { $0.key < $1.key }.reduce(into: [:]) { $0[$1.key] = $1.value.replacingNumbers(&left) })
    case .null, .bool, .string: return self
    }
  }
}
