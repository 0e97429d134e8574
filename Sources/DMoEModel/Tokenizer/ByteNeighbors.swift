/// Which two bytes stand side by side in some token: between others, a text can be cut without changing its ids.
struct ByteNeighbors: Sendable {
  private var bits = [UInt64](repeating: 0, count: 1 << 10)

  /// Looks at the tokens of a table that count.
  init(_ tokens: ByteStringTable, where counts: (Int) -> Bool) {
    var bits = bits
    tokens.visit { index, token in
      guard token.count > 1, counts(index) else { return }
      for place in 1..<token.count {
        let pair = Int(token[place - 1]) << 8 | Int(token[place])
        bits[pair >> 6] |= 1 << UInt64(pair & 63)
      }
    }
    self.bits = bits
  }

  /// Whether some token has `right` behind `left`.
  func contains(_ left: UInt8, _ right: UInt8) -> Bool {
    let pair = Int(left) << 8 | Int(right)
    return bits[pair >> 6] & 1 << UInt64(pair & 63) != 0
  }
}
