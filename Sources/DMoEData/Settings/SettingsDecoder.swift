/// Hands a node of settings to the `Decodable` types that are read from it.
struct SettingsDecoder: Decoder {
  let node: SettingsNode
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    try node.becomeObject()
    return KeyedDecodingContainer(SettingsMembers(node: node))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { SettingsElements(nodes: try node.becomeList()) }

  func singleValueContainer() -> any SingleValueDecodingContainer { SettingsScalar(node: node) }
}
