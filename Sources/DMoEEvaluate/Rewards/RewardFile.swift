@_spi(Command) public import DMoEData
public import Foundation

/// A file of rewards: what it says it is of, if it does, and a line for every item or sample.
///
/// Rewards that were computed elsewhere need no first line. Ours have one, `{"of": {"model": "...", ...}}`, by which a stopped
/// command knows its own file.
public struct RewardFile: Sendable {
  /// The file as errors name it.
  public let name: String
  /// What the rewards are of, by what decides them; nil where the file does not say.
  public let origin: [String: String]?
  /// The lines, in their order.
  public let lines: [RewardLine]
  private let numbers: [Int]
  /// The number of the line that says what they are of.
  private let headNumber: Int

  /// Reads a file.
  ///
  /// - Throws: `DataError.badLine` for a row that is no line of rewards, also for a number that is not finite;
  ///   `.unreadableFile`, `.compressedFile`.
  public init(contentsOf url: URL) throws(DataError) { try self.init(JSONRows(contentsOf: url)) }

  /// The same of rows.
  @_spi(Command) public init(_ rows: JSONRows) throws(DataError) {
    var lines: [RewardLine] = []
    var numbers: [Int] = []
    var origin: [String: String]?
    for (place, row) in rows.lines.enumerated() {
      do {
        let value = try row.value()
        if place == 0, let members = value["of"]?.object {
          origin = Dictionary(members.members.compactMap { member in member.value.string.map { (member.key, $0) } }) {
            first, _ in first
          }
          continue
        }
        lines.append(try RewardLine(value))
        numbers.append(row.number)
      } catch {
        throw .badLine(file: rows.file, line: row.number, reason: error.description)
      }
    }
    name = rows.file
    headNumber = rows.lines.first?.number ?? 1
    self.origin = origin
    self.lines = lines
    self.numbers = numbers
  }

  /// The first line of a file of ours.
  @_spi(Command) public static func head(_ origin: [String: String]) -> Data {
    var json = JSONText()
    let members = origin.sorted { $0.key < $1.key }.map { JSONText.quoted($0.key) + ":" + JSONText.quoted($0.value) }
    json.member("of", literal: "{" + members.joined(separator: ",") + "}")
    return json.finishedLine()
  }

  /// The lines of a benchmark's items, in the order of the items.
  ///
  /// Lines may be in any order. Items are told apart by identifier, and by category where the line has one.
  ///
  /// - Throws: `DataError.badLine` for a line of no item, a second line of one, another number of rewards than it has
  ///   responses, and a file that says it is of other texts; `EvaluationError.missingRewards`.
  public func lines(of items: [BenchmarkItem]) throws -> [RewardLine] {
    let places = Dictionary(grouping: items.indices) { items[$0].id }
    var found: [RewardLine?] = items.map { _ in nil }
    var order: [Int] = []
    for (line, number) in zip(lines, numbers) {
      func fail(_ reason: String) -> DataError { .badLine(file: name, line: number, reason: reason) }
      let own = (places[line.id] ?? []).filter { line.category == nil || items[$0].category == line.category }
      guard let place = own.first else { throw fail("id: there is no such item in the benchmark's files") }
      guard own.count == 1 else { throw fail("id: \(own.count) items have it; \"category\" says which is meant") }
      guard found[place] == nil else { throw fail("id: another line has the same") }
      let count = items[place].responses.count
      guard line.rewards.map({ $0.count == count }) ?? true else {
        throw fail("rewards: \(line.rewards?.count ?? 0), and the item has \(count) responses")
      }
      found[place] = line
      order.append(place)
    }
    let missing = found.indices.filter { found[$0] == nil }
    if let first = missing.first {
      throw EvaluationError.missingRewards(file: name, items: missing.count, first: items[first].id)
    }
    // In the order of the file: the items may have been read in another one.
    if let texts = origin?["texts"], texts != Self.fingerprint(of: order.map { items[$0] }) {
      throw DataError.badLine(
        file: name, line: headNumber, reason: "of.texts: the rewards are of other texts under the same identifiers")
    }
    return found.compactMap { $0 }
  }

  /// The lines of samples, in the order of the samples.
  ///
  /// They are found by identifier, several of one identifier in their order; lines of samples that are not asked for are passed
  /// over, so that models which know other capability points can be compared.
  ///
  /// - Throws: `DataError.badLine` for a line with another number of rewards than its sample has responses, and for lines of one
  ///   identifier of which only some are asked for, unless all have the same rewards; `EvaluationError.missingRewards` for
  ///   samples without a line.
  public func lines(of samples: [RankedResponses]) throws -> [RewardLine] {
    let places = Dictionary(grouping: lines.indices) { lines[$0].id }
    let asked = Dictionary(grouping: samples, by: \.id).mapValues(\.count)
    var taken: [String: Int] = [:]
    var found: [RewardLine] = []
    var missing: [String] = []
    for sample in samples {
      let own = places[sample.id] ?? []
      let next = taken[sample.id, default: 0]
      taken[sample.id] = next + 1
      guard own.indices.contains(next) else {
        missing.append(sample.id)
        continue
      }
      let line = lines[own[next]]
      func fail(_ reason: String) -> DataError { .badLine(file: name, line: numbers[own[next]], reason: reason) }
      if let count = asked[sample.id], count < own.count {
        guard own.allSatisfy({ lines[$0].rewards == line.rewards }) else {
          throw fail("id: \(own.count) lines have it, with other rewards each, and \(count) of the samples")
        }
      }
      guard line.rewards.map({ $0.count == sample.responses.count }) ?? true else {
        throw fail("rewards: \(line.rewards?.count ?? 0), and the sample has \(sample.responses.count) responses")
      }
      found.append(line)
    }
    if let first = missing.first {
      throw EvaluationError.missingRewards(file: name, items: missing.count, first: first)
    }
    return found
  }
}
