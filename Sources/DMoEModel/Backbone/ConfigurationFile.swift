import DMoECore
import Foundation

/// A JSON object whose fields are read by name and type; a wrong one is an error that names it.
struct ConfigurationFile {
  let path: String
  private let members: JSONObject
  /// What stands before a key in errors: the key of the object that this one is the value of, with a dot.
  private let prefix: String

  /// - Throws: `ModelError.unreadableBackbone`.
  init(contentsOf url: URL) throws {
    path = url.path
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw ModelError.unreadableBackbone(path: url.path, reason: "the file cannot be read")
    }
    let value: JSONValue
    do { value = try JSONReader.value(of: data) } catch {
      throw ModelError.unreadableBackbone(path: url.path, reason: "\(error)")
    }
    guard case .object(let object) = value else {
      throw ModelError.unreadableBackbone(path: url.path, reason: "the file is no JSON object")
    }
    members = object
    prefix = ""
  }

  private init(path: String, prefix: String, members: JSONObject) {
    self.path = path
    self.prefix = prefix
    self.members = members
  }

  func invalid(_ key: String, _ reason: String) -> ModelError {
    .invalidConfiguration(key: prefix + key, reason: reason, path: path)
  }

  func unsupported(_ key: String, _ value: JSONValue) -> ModelError {
    .unsupportedSetting(key: prefix + key, value: "\(value)", path: path)
  }

  /// The keys, in the order of the file.
  var keys: [String] { members.keys }

  /// The value, if it is there and not null.
  func value(_ key: String) -> JSONValue? {
    guard let value = members[key], value != .null else { return nil }
    return value
  }

  private func value<T>(_ key: String, _ what: String, _ convert: (JSONValue) -> T?) throws -> T? {
    guard let value = value(key) else { return nil }
    guard let result = convert(value) else { throw invalid(key, what) }
    return result
  }

  func object(_ key: String) throws -> ConfigurationFile? {
    try value(key, "is no object") { $0.object }.map {
      ConfigurationFile(path: path, prefix: "\(prefix)\(key).", members: $0)
    }
  }

  func string(_ key: String) throws -> String? { try value(key, "is no string") { $0.string } }

  /// The number, which is finite.
  func double(_ key: String) throws -> Double? {
    guard let number = try value(key, "is no number", { $0.double }) else { return nil }
    guard number.isFinite else { throw invalid(key, "is \(number)") }
    return number
  }

  func integer(_ key: String) throws -> Int? { try value(key, "is no integer") { $0.int } }

  func bool(_ key: String) throws -> Bool? { try value(key, "is neither true nor false") { $0.bool } }

  func strings(_ key: String) throws -> [String]? { try value(key, "is no list of strings") { $0.strings } }

  func integers(_ key: String) throws -> [Int]? {
    try value(key, "is no list of integers") { value in
      value.array.flatMap { values in
        let numbers = values.compactMap(\.int)
        return numbers.count == values.count ? numbers : nil
      }
    }
  }

  /// Numbers, all of them finite.
  func doubles(_ key: String) throws -> [Double]? {
    try value(key, "is no list of numbers") { value in
      value.array.flatMap { values in
        let numbers = values.compactMap(\.double).filter(\.isFinite)
        return numbers.count == values.count ? numbers : nil
      }
    }
  }

  /// A number above 0, or what a key that is not there means; null is none.
  func length(_ key: String, missing: Int?) throws -> Int? {
    guard members[key] != nil else { return missing }
    guard let value = try integer(key) else { return nil }
    guard value > 0 else { throw invalid(key, "is \(value)") }
    return value
  }

  /// The number, or what a key that is not there means; `null` is no number.
  func integer(_ key: String, missing: Int) throws -> Int {
    guard members[key] != nil else { return missing }
    guard let value = try integer(key) else { throw invalid(key, "is null") }
    return value
  }

  /// The number, or what a key that is not there means; `null` is no number.
  func double(_ key: String, missing: Double) throws -> Double {
    guard members[key] != nil else { return missing }
    guard let value = try double(key) else { throw invalid(key, "is null") }
    return value
  }

  func requiredDouble(_ key: String) throws -> Double {
    guard let value = try double(key) else { throw invalid(key, "is missing") }
    return value
  }

  func requiredString(_ key: String) throws -> String {
    guard let value = try string(key) else { throw invalid(key, "is missing") }
    return value
  }

  /// Refuses what is not implemented, and gives the keys that the table does not know.
  ///
  /// - Throws: `ModelError.unsupportedSetting`.
  func check(_ table: KeyTable) throws -> [String] {
    var unread: [String] = []
    for key in members.keys {
      guard let value = members[key] else { continue }
      switch table.treatment(of: key) {
      case .refused(let isHarmless): if !isHarmless(value) { throw unsupported(key, value) }
      case .honored, .withoutEffect: break
      case nil: unread.append(prefix + key)
      }
    }
    return unread
  }
}
