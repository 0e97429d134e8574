/// Finds added tokens in a text: leftmost first, then the longest.
///
/// Source: `AddedVocabulary::find_matches` of the Hugging Face `tokenizers` library.
struct AddedTokenMatcher: Sendable {
  /// A part of a text: an added token, or text between added tokens.
  enum Part: Equatable {
    case token(Int32)
    case text(Range<Int>)
  }

  private struct Node: Sendable {
    var byte: UInt8
    var firstChild: Int32 = -1
    var nextSibling: Int32 = -1
    var token: Int32 = -1
  }

  private let tokens: [AddedToken]
  // A trie; the children of a node are a linked list, those of the root an index by byte.
  private var nodes: [Node] = []
  private var roots = [Int32](repeating: -1, count: 256)

  /// Indexes the tokens by the text they are looked for.
  init(_ tokens: [(token: AddedToken, pattern: String)]) {
    self.tokens = tokens.map(\.token)
    for (index, pattern) in tokens.map(\.pattern).enumerated() where !pattern.isEmpty {
      var node: Int32 = -1
      for byte in pattern.utf8 { node = child(of: node, byte) ?? addChild(of: node, byte) }
      nodes[Int(node)].token = Int32(index)
    }
  }

  private func child(of node: Int32, _ byte: UInt8) -> Int32? {
    if node < 0 { return roots[Int(byte)] < 0 ? nil : roots[Int(byte)] }
    var child = nodes[Int(node)].firstChild
    while child >= 0, nodes[Int(child)].byte != byte { child = nodes[Int(child)].nextSibling }
    return child < 0 ? nil : child
  }

  private mutating func addChild(of node: Int32, _ byte: UInt8) -> Int32 {
    let new = Int32(nodes.count)
    nodes.append(Node(byte: byte))
    if node < 0 {
      roots[Int(byte)] = new
    } else {
      nodes[Int(new)].nextSibling = nodes[Int(node)].firstChild
      nodes[Int(node)].firstChild = new
    }
    return new
  }

  /// The longest token that starts at `start`, and its end.
  private func match(_ text: UnsafeBufferPointer<UInt8>, at start: Int, limit: Int) -> (token: AddedToken, end: Int)? {
    var node = roots[Int(text[start])]
    var position = start + 1
    var best: (token: Int32, end: Int)?
    while node >= 0 {
      if nodes[Int(node)].token >= 0 { best = (nodes[Int(node)].token, position) }
      guard position < limit, let next = child(of: node, text[position]) else { break }
      node = next
      position += 1
    }
    return best.map { (tokens[Int($0.token)], $0.end) }
  }

  /// Cuts a text at the added tokens in it.
  ///
  /// - Parameters:
  ///   - text: Valid UTF-8.
  ///   - range: The part of `text` to look at.
  ///   - scope: Where control tokens count; the other added tokens always do.
  func parts(of text: UnsafeBufferPointer<UInt8>, in range: Range<Int>, _ scope: ControlTokenScope) -> [Part] {
    guard !range.isEmpty else { return [] }
    guard !nodes.isEmpty else { return [.text(range)] }
    let scalars = UTF8Scalars(bytes: text, range: range)
    var parts: [Part] = []
    var textStart = range.lowerBound
    var position = range.lowerBound
    while position < range.upperBound {
      guard roots[Int(text[position])] >= 0, let (token, matchEnd) = match(text, at: position, limit: range.upperBound)
      else {
        position += 1
        continue
      }
      var (start, end) = (position, matchEnd)
      position = matchEnd
      if token.isSpecial, !scope.allows(start..<matchEnd) { continue }
      if token.isSingleWord, scalars.before(start).map(isWordCharacter) ?? false { continue }
      if token.isSingleWord, scalars.at(end).map(isWordCharacter) ?? false { continue }
      if token.stripsLeft {
        while start > textStart, let scalar = scalars.before(start), scalar.properties.isWhitespace {
          start -= UTF8.width(scalar)
        }
        start = max(start, textStart)
      }
      if token.stripsRight {
        while let scalar = scalars.at(end), scalar.properties.isWhitespace { end += UTF8.width(scalar) }
      }
      if textStart < start { parts.append(.text(textStart..<start)) }
      parts.append(.token(token.id))
      textStart = end
    }
    if textStart < range.upperBound { parts.append(.text(textStart..<range.upperBound)) }
    return parts
  }

  /// `\w` of the Rust `regex` library: Unicode's own definition (UTS 18, annex C).
  private func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: scalar.properties.isAlphabetic || scalar.properties.isJoinControl
    }
  }
}
