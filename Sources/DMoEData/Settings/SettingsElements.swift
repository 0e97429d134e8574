/// The elements of a list of settings.
struct SettingsElements: UnkeyedDecodingContainer {
  let nodes: [SettingsNode]
  private(set) var currentIndex = 0
  var codingPath: [any CodingKey] { [] }
  var count: Int? { nodes.count }
  var isAtEnd: Bool { currentIndex == nodes.count }

  init(nodes: [SettingsNode]) { self.nodes = nodes }

  /// The next node; past the end, one without a value.
  private mutating func next() -> SettingsNode {
    guard !isAtEnd else { return SettingsNode(given: nil, standing: nil) }
    defer { currentIndex += 1 }
    return nodes[currentIndex]
  }

  mutating func decodeNil() -> Bool {
    guard !isAtEnd, nodes[currentIndex].value == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().read(type) }

  mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    try superDecoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try superDecoder().unkeyedContainer()
  }

  mutating func superDecoder() -> any Decoder { SettingsDecoder(node: next()) }
}
