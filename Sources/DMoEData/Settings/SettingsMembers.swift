/// The keys of settings, of which the node keeps those that are asked for.
struct SettingsMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let node: SettingsNode
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { node.keys().compactMap(Key.init(stringValue:)) }

  private func member(_ key: Key) -> SettingsNode { node.member(key.stringValue) }

  func contains(_ key: Key) -> Bool { member(key).value != nil }
  func decodeNil(forKey key: Key) -> Bool { member(key).value == .null }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try member(key).read(type) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try superDecoder(forKey: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try superDecoder(forKey: key).unkeyedContainer()
  }

  func superDecoder() -> any Decoder { SettingsDecoder(node: node.member("super")) }
  func superDecoder(forKey key: Key) -> any Decoder { SettingsDecoder(node: member(key)) }
}
