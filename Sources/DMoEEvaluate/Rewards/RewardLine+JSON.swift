@_spi(Command) import DMoEData
public import Foundation

extension RewardLine {
  /// The line as JSON with its LF; the same line has the same bytes.
  @_spi(Command) public var json: Data {
    var json = JSONText()
    json.member("id", id)
    json.member("category", category)
    json.member("rewards", literal: rewards.map(Self.list) ?? "null")
    json.member("judge", judge)
    if !experts.isEmpty {
      let members = experts.sorted { $0.key < $1.key }.map { JSONText.quoted($0.key) + ":" + Self.list($0.value) }
      json.member("experts", literal: "{" + members.joined(separator: ",") + "}")
    }
    return json.finishedLine()
  }

  private static func list(_ numbers: [Float]) -> String {
    "[" + numbers.map { "\($0)" }.joined(separator: ",") + "]"
  }

  private static let keyUses = KeyUse.table(
    read: ["id", "category", "rewards", "judge", "experts"], refused: [:], noEffect: [])

  /// The line that a row is.
  ///
  /// - Throws: `DataError.malformedRow`.
  init(_ value: JSONValue) throws(DataError) {
    let row = try RowObject(value)
    var notes = RowNotes()
    try row.checkStrictly(Self.keyUses, &notes)
    // A key that is null is no key to a row, but here null says something.
    guard let rewards = value["rewards"] else { throw .malformedRow(reason: "missing key \"rewards\"") }
    let count: Int?
    if rewards == .null {
      (self.rewards, count) = (nil, nil)
    } else {
      let numbers = try row.requiring(row.numbers("rewards"), "rewards")
      (self.rewards, count) = (numbers, numbers.count)
    }
    id = try row.requiring(row.identifier(), "id")
    category = try row.text("category")
    judge = try row.text("judge")
    var experts: [String: [Float]] = [:]
    if let object = row["experts"] {
      let members = try RowObject(object, at: "experts")
      for point in members.keys {
        let own = try members.requiring(members.numbers(point), point)
        guard own.count == count else {
          throw .malformedRow(
            reason: "\(members.place(point)): \(own.count) rewards, but \"rewards\" has \(count ?? 0)")
        }
        experts[point] = own
      }
    }
    self.experts = experts
  }
}

extension RowObject {
  /// A list of numbers that `Float` can hold.
  fileprivate func numbers(_ key: String) throws(DataError) -> [Float]? {
    guard let values = try list(key) else { return nil }
    var numbers: [Float] = []
    for (index, value) in values.enumerated() {
      guard case .number(let digits) = value, let number = Float(digits), number.isFinite else {
        throw .malformedRow(reason: "\(place(key))[\(index)]: not a finite number")
      }
      numbers.append(number)
    }
    return numbers
  }
}
