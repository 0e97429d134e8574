import Draws
import Foundation

@testable import DMoEFoundation

/// Changes one place of a JSON text and keeps the rest.
enum JSONMutator {
  /// Another text; nil for what is no JSON.
  static func mutate(_ bytes: [UInt8], _ random: inout Draws) -> [UInt8]? {
    guard let tree = try? JSONReader.value(of: Data(bytes), .reply) else { return nil }
    var left = random.below(max(1, size(tree)))
    return Array(changed(tree, &left, &random).json.utf8)
  }

  /// A line of JSON Lines is changed as JSON, or doubled, moved or taken out.
  static func mutateLines(_ bytes: [UInt8], _ random: inout Draws) -> [UInt8]? {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    let place = random.below(lines.count)
    switch random.below(8) {
    case 0: lines.insert(lines[place], at: random.below(lines.count))
    case 1 where lines.count > 1: lines.remove(at: place)
    case 2: lines[place] = random.mutated(lines[place])
    default:
      guard let line = mutate(lines[place], &random) else { return nil }
      lines[place] = line
    }
    return Array(lines.joined(separator: [0x0A]))
  }

  /// The number of values in a tree.
  private static func size(_ value: JSONValue) -> Int {
    switch value {
    case .array(let values): values.reduce(1) { $0 + size($1) }
    case .object(let object): object.members.reduce(1) { $0 + size($1.value) }
    default: 1
    }
  }

  /// The tree with another value in one place, counted from the top; `left` is negative once that is done.
  private static func changed(_ value: JSONValue, _ left: inout Int, _ random: inout Draws) -> JSONValue {
    guard left >= 0 else { return value }
    left -= 1
    if left < 0 { return other(value, &random) }
    switch value {
    case .array(let values): return .array(values.map { changed($0, &left, &random) })
    case .object(let object):
      return .object(JSONObject(object.members.map { .init(key: $0.key, value: changed($0.value, &left, &random)) }))
    default: return value
    }
  }

  private static let texts = [
    "", " ", "\u{0}", "é", "e\u{301}", "\u{FEFF}", "../x", "/", ".", "a/b", "\n", "<|im_end|>",
    "\u{1F468}\u{200D}\u{1F469}", "nan",
    "inf", "1e999", "-1",
  ]
  private static let numbers = [
    "0", "-0", "1", "-1", "0.5", "1e400", "-1e400", "1e-400", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "2147483647", "2147483648", "4294967296", "16777216", "16777215", "1.0", "4e0", "3.4e38",
    "3.5e38",
    "1000000000000000000000000000000", "0.1", "255", "256", "65536", "2", "3", "7", "64", "1000000",
  ]

  private static func other(_ value: JSONValue, _ random: inout Draws) -> JSONValue {
    switch (random.below(4), value) {
    case (0, _):
      return random.element(of: [
        .null, .bool(true), .bool(false), .number(random.element(of: numbers)), .string(random.element(of: texts)),
        .array([]),
        .object(JSONObject()), .array([value]), .array([value, value]),
      ])
    case (_, .number): return .number(random.element(of: numbers))
    case (_, .bool(let flag)): return .bool(!flag)
    case (1, .string): return .string(random.element(of: texts))
    case (_, .string(let text)): return .string(String(decoding: random.mutated(Array(text.utf8)), as: UTF8.self))
    case (_, .array(var values)):
      guard !values.isEmpty else { return .array([.null]) }
      let place = random.below(values.count)
      switch random.below(4) {
      case 0: values.remove(at: place)
      case 1: values.insert(values[place], at: random.below(values.count))
      case 2: values.swapAt(place, random.below(values.count))
      default: values[place] = .number(random.element(of: numbers))
      }
      return .array(values)
    case (_, .object(let object)):
      var members = object.members
      guard !members.isEmpty else { return .object(JSONObject([.init(key: random.element(of: texts), value: .null)])) }
      let place = random.below(members.count)
      switch random.below(4) {
      case 0: members.remove(at: place)
      case 1:
        let key = String(decoding: random.mutated(Array(members[place].key.utf8)), as: UTF8.self)
        members[place] = .init(key: key, value: members[place].value)
      case 2: members[place].value = members[random.below(members.count)].value
      default: members.append(.init(key: random.element(of: texts), value: members[place].value))
      }
      return .object(JSONObject(members))
    case (_, .null): return .number(random.element(of: numbers))
    }
  }
}
