/// A list in a GGUF file's metadata.
///
/// It stays in the file until it is asked for: a vocabulary has many thousand strings.
package struct GGUFArray: Sendable {
  /// The number of values.
  package let count: Int
  let kind: GGUFValue.Kind
  private let file: MappedFile
  private let start: Int
  private let what: String

  /// Passes the list and checks that all of it is in the file.
  init(_ cursor: inout GGUFCursor, _ what: String) throws(CoreError) {
    let number = try cursor.read(UInt32.self, what)
    guard let kind = GGUFValue.Kind(rawValue: number), kind != .array else {
      throw cursor.file.malformed("\(what) is an array of the unknown type \(number)")
    }
    count = try cursor.count(what, unit: kind.smallestSize)
    self.kind = kind
    self.what = what
    file = cursor.file
    start = cursor.position
    if kind == .string {
      for _ in 0..<count { _ = try cursor.stringRange(what) }
    } else {
      try cursor.skip(count * kind.smallestSize, what)
    }
  }

  /// Reads every value with `transform`, which returns `nil` for a kind of value that it does not take.
  ///
  /// - Throws: `CoreError.malformedFile` for a string that is not UTF-8, a bool that is neither 0 nor 1.
  func values<T>(_ transform: (GGUFValue) -> T?) throws(CoreError) -> [T]? {
    var cursor = GGUFCursor(file, at: start)
    var result: [T] = []
    result.reserveCapacity(count)
    for _ in 0..<count {
      guard let value = transform(try GGUFValue(kind, &cursor, what)) else { return nil }
      result.append(value)
    }
    return result
  }

  /// The texts of a list of texts; `nil` of another one.
  ///
  /// - Throws: `CoreError.malformedFile` for a text that is not UTF-8.
  func strings() throws(CoreError) -> [String]? {
    guard kind == .string else { return nil }
    var cursor = GGUFCursor(file, at: start)
    var result: [String] = []
    result.reserveCapacity(count)
    for _ in 0..<count { result.append(try cursor.string(what)) }
    return result
  }

  /// The numbers of a list of integers of four bytes, the usual ones; `nil` of another one.
  func shortIntegers() throws(CoreError) -> [Int]? {
    guard kind == .int32 || kind == .uint32 else { return nil }
    var cursor = GGUFCursor(file, at: start)
    var result: [Int] = []
    result.reserveCapacity(count)
    for _ in 0..<count {
      let bits = try cursor.read(UInt32.self, what)
      result.append(kind == .int32 ? Int(Int32(bitPattern: bits)) : Int(bits))
    }
    return result
  }
}
