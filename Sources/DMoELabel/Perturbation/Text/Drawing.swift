extension RandomNumberGenerator {
  /// So many of the items, in their order.
  mutating func draw<Item>(_ count: Int, of items: [Item]) -> [Item] {
    guard count < items.count else { return items }
    return items.indices.shuffled(using: &self).prefix(max(0, count)).sorted().map { items[$0] }
  }

  /// True so often, from 0 to 1.
  mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
}
