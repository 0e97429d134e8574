/// Where in a text a spelled control token is the token, and not the characters that spell it.
enum ControlTokenScope {
  case everywhere
  case nowhere
  /// Outside stretches of bytes, which are in order and do not overlap.
  case outside([Range<Int>])

  /// Whether a token that is spelled at `range` counts.
  func allows(_ range: Range<Int>) -> Bool {
    switch self {
    case .everywhere: true
    case .nowhere: false
    case .outside(let contents): !Self.isTouched(range, by: contents)
    }
  }

  /// The scope of a stretch by itself, of whose places nothing is known any more: all of it, if all of it may.
  func scope(of range: Range<Int>) -> ControlTokenScope { allows(range) ? .everywhere : .nowhere }

  private static func isTouched(_ range: Range<Int>, by contents: [Range<Int>]) -> Bool {
    // The first stretch that ends behind the start of the range.
    var (low, high) = (0, contents.count)
    while low < high {
      let middle = (low + high) / 2
      if contents[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < contents.count && contents[low].lowerBound < range.upperBound
  }
}
