/// A setting that is one value.
struct SettingsScalar: SingleValueDecodingContainer {
  let node: SettingsNode
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { node.value == .null }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try node.read(type) }
}
