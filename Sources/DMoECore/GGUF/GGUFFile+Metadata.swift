/// Metadata by key and type. Each accessor has a twin that returns `nil` when the key is missing; a value of another
/// type is an error for both.
extension GGUFFile {
  /// - Throws: `CoreError.malformedFile` naming the key if it is missing or no string.
  package func string(_ key: String) throws(CoreError) -> String { try required(key, stringIfPresent(key)) }

  /// - Throws: `CoreError.malformedFile` naming the key if it is missing, no integer, or larger than an `Int`.
  package func integer(_ key: String) throws(CoreError) -> Int { try required(key, integerIfPresent(key)) }

  /// - Throws: `CoreError.malformedFile` naming the key if it is missing or no float.
  package func float(_ key: String) throws(CoreError) -> Float { try required(key, floatIfPresent(key)) }

  /// - Throws: `CoreError.malformedFile` naming the key if it is missing or no bool.
  package func bool(_ key: String) throws(CoreError) -> Bool { try required(key, boolIfPresent(key)) }

  /// - Throws: `CoreError.malformedFile` naming the key if it is missing, no array of strings, or not UTF-8.
  package func strings(_ key: String) throws(CoreError) -> [String] { try required(key, stringsIfPresent(key)) }

  /// - Throws: `CoreError.malformedFile` naming the key if it is missing or no array of integers.
  package func integers(_ key: String) throws(CoreError) -> [Int] { try required(key, integersIfPresent(key)) }

  /// - Throws: `CoreError.malformedFile` naming the key if it is missing or no array of bools.
  package func bools(_ key: String) throws(CoreError) -> [Bool] {
    try required(key, list(key, "an array of bools") { array throws(CoreError) in try array.values(Self.bool) })
  }

  /// - Throws: `CoreError.malformedFile` naming the key if it is missing or no array of floats.
  package func floats(_ key: String) throws(CoreError) -> [Float] { try required(key, floatsIfPresent(key)) }

  /// - Throws: `CoreError.malformedFile` naming the key if its value is no string.
  package func stringIfPresent(_ key: String) throws(CoreError) -> String? {
    try scalar(key, "a string", Self.string)
  }

  /// - Throws: `CoreError.malformedFile` naming the key if its value is no integer or larger than an `Int`.
  package func integerIfPresent(_ key: String) throws(CoreError) -> Int? {
    try scalar(key, "an integer", Self.integer)
  }

  /// - Throws: `CoreError.malformedFile` naming the key if its value is no float.
  package func floatIfPresent(_ key: String) throws(CoreError) -> Float? {
    try scalar(key, "a float", Self.float)
  }

  /// - Throws: `CoreError.malformedFile` naming the key if its value is no bool.
  package func boolIfPresent(_ key: String) throws(CoreError) -> Bool? {
    try scalar(key, "a bool", Self.bool)
  }

  /// - Throws: `CoreError.malformedFile` naming the key if its value is no array of strings, or not UTF-8.
  package func stringsIfPresent(_ key: String) throws(CoreError) -> [String]? {
    try list(key, "an array of strings") { array throws(CoreError) in try array.strings() }
  }

  /// The number of strings in a list, none of which is read.
  ///
  /// - Throws: `CoreError.malformedFile` naming the key if its value is no array of strings.
  package func stringCountIfPresent(_ key: String) throws(CoreError) -> Int? {
    guard let value = metadata[key] else { return nil }
    guard case .array(let array) = value, array.kind == .string else {
      throw wrongType(key, value, "an array of strings")
    }
    return array.count
  }

  /// - Throws: `CoreError.malformedFile` naming the key if its value is no array of integers.
  package func integersIfPresent(_ key: String) throws(CoreError) -> [Int]? {
    try list(key, "an array of integers") { array throws(CoreError) in
      if let short = try array.shortIntegers() { return short }
      return try array.values(Self.integer)
    }
  }

  /// - Throws: `CoreError.malformedFile` naming the key if its value is no array of floats.
  package func floatsIfPresent(_ key: String) throws(CoreError) -> [Float]? {
    try list(key, "an array of floats") { array throws(CoreError) in try array.values(Self.float) }
  }

  // MARK: Conversions

  private static func string(_ value: GGUFValue) -> String? {
    if case .string(let text) = value { text } else { nil }
  }

  private static func bool(_ value: GGUFValue) -> Bool? {
    if case .bool(let flag) = value { flag } else { nil }
  }

  private static func integer(_ value: GGUFValue) -> Int? {
    switch value {
    case .unsigned(let number): Int(exactly: number)
    case .signed(let number): Int(exactly: number)
    default: nil
    }
  }

  private static func float(_ value: GGUFValue) -> Float? {
    if case .float(let number) = value { Float(number) } else { nil }
  }

  private func required<T>(_ key: String, _ value: T?) throws(CoreError) -> T {
    guard let value else { throw .malformedFile(path: path, reason: "it has no \(key)") }
    return value
  }

  private func scalar<T>(
    _ key: String, _ expected: String, _ convert: (GGUFValue) -> T?
  ) throws(CoreError) -> T? {
    guard let value = metadata[key] else { return nil }
    guard let result = convert(value) else { throw wrongType(key, value, expected) }
    return result
  }

  private func list<T>(
    _ key: String, _ expected: String, _ values: (GGUFArray) throws(CoreError) -> [T]?
  ) throws(CoreError) -> [T]? {
    guard let value = metadata[key] else { return nil }
    guard case .array(let array) = value, let result = try values(array) else {
      throw wrongType(key, value, expected)
    }
    return result
  }

  private func wrongType(_ key: String, _ value: GGUFValue, _ expected: String) -> CoreError {
    .malformedFile(path: path, reason: "\(key) is \(value.kind), not \(expected)")
  }
}
