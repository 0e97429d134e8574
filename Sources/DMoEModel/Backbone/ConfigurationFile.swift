import Foundation

/// A JSON object whose fields are read by name and type; a wrong one is an error that names it.
struct ConfigurationFile {
  let path: String
  private let fields: [String: Any]

  /// - Throws: `ModelError.unreadableBackbone`.
  init(contentsOf url: URL) throws {
    path = url.path
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw ModelError.unreadableBackbone(path: url.path, reason: "the file cannot be read")
    }
    guard let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
      throw ModelError.unreadableBackbone(path: url.path, reason: "the file is no JSON object")
    }
    fields = object
  }

  private init(path: String, fields: [String: Any]) {
    self.path = path
    self.fields = fields
  }

  private func invalid(_ key: String, _ reason: String) -> ModelError {
    .invalidConfiguration(key: key, reason: reason, path: path)
  }

  /// The value, if it is there and not null.
  func value(_ key: String) -> Any? {
    guard let value = fields[key], !(value is NSNull) else { return nil }
    return value
  }

  func object(_ key: String) throws -> ConfigurationFile? {
    guard let value = value(key) else { return nil }
    guard let object = value as? [String: Any] else { throw invalid(key, "is no object") }
    return ConfigurationFile(path: path, fields: object)
  }

  func string(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard let string = value as? String else { throw invalid(key, "is no string") }
    return string
  }

  func double(_ key: String) throws -> Double? {
    guard let value = value(key) else { return nil }
    // `is Bool` holds for 1 and 0 too; a truth value of JSON is the only number stored as a character.
    guard let number = value as? NSNumber, number.objCType.pointee != CChar(bitPattern: UInt8(ascii: "c")) else {
      throw invalid(key, "is no number")
    }
    return number.doubleValue
  }

  func integer(_ key: String) throws -> Int? {
    guard let number = try double(key) else { return nil }
    guard let integer = Int(exactly: number) else { throw invalid(key, "is no integer") }
    return integer
  }

  func bool(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard let bool = value as? Bool else { throw invalid(key, "is neither true nor false") }
    return bool
  }

  func strings(_ key: String) throws -> [String]? {
    guard let value = value(key) else { return nil }
    guard let strings = value as? [String] else { throw invalid(key, "is no list of strings") }
    return strings
  }

  func requiredInteger(_ key: String) throws -> Int {
    guard let value = try integer(key) else { throw invalid(key, "is missing") }
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

  /// Throws unless the field is absent or one of the values that change nothing.
  func refuse(_ key: String, unless isHarmless: (Any) -> Bool) throws {
    guard let value = value(key), !isHarmless(value) else { return }
    throw ModelError.unsupportedSetting(key: key, value: "\(value)", path: path)
  }
}
