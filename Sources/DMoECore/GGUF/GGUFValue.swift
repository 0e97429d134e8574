/// A value of a GGUF file's metadata.
package enum GGUFValue: Sendable {
  /// u8, u16, u32, u64.
  case unsigned(UInt64)
  /// i8, i16, i32, i64.
  case signed(Int64)
  /// f32, f64.
  case float(Double)
  /// A truth value.
  case bool(Bool)
  /// A text in UTF-8.
  case string(String)
  /// A list of one kind of value; lists of lists are not read.
  case array(GGUFArray)

  /// The format's name for the kind of value, for error messages.
  package var kind: String {
    switch self {
    case .unsigned: "an unsigned integer"
    case .signed: "an integer"
    case .float: "a float"
    case .bool: "a bool"
    case .string: "a string"
    case .array(let array): "an array of \(array.count) \(array.kind)"
    }
  }
}

extension GGUFValue {
  /// The numbers by which GGUF names the types of values (ggml `docs/gguf.md`).
  enum Kind: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// The fixed size; for strings and arrays that of the smallest one.
    var smallestSize: Int {
      switch self {
      case .uint8, .int8, .bool: 1
      case .uint16, .int16: 2
      case .uint32, .int32, .float32: 4
      case .string, .uint64, .int64, .float64: 8
      case .array: 12
      }
    }
  }

  /// Reads one value.
  init(_ kind: Kind, _ cursor: inout GGUFCursor, _ what: String) throws(CoreError) {
    switch kind {
    case .uint8: self = .unsigned(UInt64(try cursor.read(UInt8.self, what)))
    case .uint16: self = .unsigned(UInt64(try cursor.read(UInt16.self, what)))
    case .uint32: self = .unsigned(UInt64(try cursor.read(UInt32.self, what)))
    case .uint64: self = .unsigned(try cursor.read(UInt64.self, what))
    case .int8: self = .signed(Int64(try cursor.read(Int8.self, what)))
    case .int16: self = .signed(Int64(try cursor.read(Int16.self, what)))
    case .int32: self = .signed(Int64(try cursor.read(Int32.self, what)))
    case .int64: self = .signed(try cursor.read(Int64.self, what))
    case .float32: self = .float(Double(Float(bitPattern: try cursor.read(UInt32.self, what))))
    case .float64: self = .float(Double(bitPattern: try cursor.read(UInt64.self, what)))
    case .bool:
      let byte = try cursor.read(UInt8.self, what)
      guard byte <= 1 else { throw cursor.file.malformed("\(what) is a bool with the value \(byte)") }
      self = .bool(byte == 1)
    case .string: self = .string(try cursor.string(what))
    case .array: self = .array(try GGUFArray(&cursor, what))
    }
  }
}
