/// Sequences laid end to end: which rows of a batch belong together, and where they stand in their text.
package struct RowLayout: Sendable, Equatable {
  /// One run of rows. With a prefix, its rows also attend to every row of that earlier segment and their positions
  /// go on from its end: a prompt is computed once for all its responses.
  package struct Segment: Sendable, Equatable {
    /// The rows of the batch that the segment takes.
    package var rows: Range<Int>
    /// The position of its first row in its text, counted from 0.
    package var firstPosition: Int
    /// The index of the segment that it continues; `nil` if it begins a text.
    package var prefix: Int?
  }

  /// The segments, in the order of their rows.
  package private(set) var segments: [Segment] = []
  /// The number of rows of all segments.
  package private(set) var rowCount = 0

  /// A layout without rows.
  package init() {}

  /// Appends a segment and returns its index.
  package mutating func append(count: Int, prefix: Int? = nil) -> Int {
    precondition(count > 0, "RowLayout: empty segment")
    let start = prefix.map { segments[$0].firstPosition + segments[$0].rows.count } ?? 0
    segments.append(Segment(rows: rowCount..<rowCount + count, firstPosition: start, prefix: prefix))
    rowCount += count
    return segments.count - 1
  }

  /// The same layout `copies` times, one copy after the other: one copy an expert.
  package func repeated(_ copies: Int) -> RowLayout {
    var result = RowLayout()
    for copy in 0..<copies {
      for segment in segments {
        var moved = segment
        moved.rows = segment.rows.lowerBound + copy * rowCount..<segment.rows.upperBound + copy * rowCount
        moved.prefix = segment.prefix.map { $0 + copy * segments.count }
        result.segments.append(moved)
      }
    }
    result.rowCount = rowCount * copies
    return result
  }

  /// Texts whose rows were computed before, `copies` of each one after the other, and then every copy's continuations of
  /// all of them: the layout of texts that go on from those.
  ///
  /// - Parameter texts: The rows of each text, and of those that go on from it.
  package static func continuing(_ texts: [(count: Int, by: [Int])], copies: Int) -> RowLayout {
    var result = RowLayout()
    let prefixes = texts.map { text in (0..<copies).map { _ in result.append(count: text.count) } }
    for copy in 0..<copies {
      for (text, prefix) in zip(texts, prefixes) {
        for length in text.by { _ = result.append(count: length, prefix: prefix[copy]) }
      }
    }
    return result
  }

  /// The position of every row in its text.
  package var positions: [Int32] {
    var result = [Int32](repeating: 0, count: rowCount)
    for segment in segments {
      for (offset, row) in segment.rows.enumerated() { result[row] = Int32(segment.firstPosition + offset) }
    }
    return result
  }

  /// For every row, the length of the longest text that it is part of.
  package var longestTexts: [Int] {
    var result = [Int](repeating: 0, count: rowCount)
    for family in families {
      let length = family.map { segments[$0].firstPosition + segments[$0].rows.count }.max() ?? 0
      for index in family { for row in segments[index].rows { result[row] = length } }
    }
    return result
  }

  /// The segments that no other continues, in order: the ends of texts.
  private var ends: [Int] {
    let continued = Set(segments.compactMap(\.prefix))
    return segments.indices.filter { !continued.contains($0) }
  }

  /// The last row of every text.
  package var lastRows: [Int] { ends.map { segments[$0].rows.upperBound - 1 } }

  /// All rows of every text, those of its prefixes first.
  package var textRows: [[Range<Int>]] { ends.map { prefixRows(of: $0) + [segments[$0].rows] } }

  /// Segments that share keys and values, so that one thread may add up the gradients of their prefix.
  var families: [[Int]] {
    var root = [Int](segments.indices)
    for (index, segment) in segments.enumerated() {
      if let prefix = segment.prefix { root[index] = root[prefix] }
    }
    var order: [Int] = []
    var members: [Int: [Int]] = [:]
    for (index, r) in root.enumerated() {
      if members[r] == nil { order.append(r) }
      members[r, default: []].append(index)
    }
    return order.compactMap { members[$0] }
  }

  /// The rows of the segments that a segment continues, outermost first.
  func prefixRows(of index: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var next = segments[index].prefix
    while let prefix = next {
      result.insert(segments[prefix].rows, at: 0)
      next = segments[prefix].prefix
    }
    return result
  }
}
