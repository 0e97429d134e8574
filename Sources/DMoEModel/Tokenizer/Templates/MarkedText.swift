/// A text that knows which of its stretches a template wrote, and which come from outside.
///
/// Control tokens are looked for in the template's stretches alone: a content that spells `<|im_end|>` stays text.
package struct MarkedText: Sendable, Equatable {
  /// The whole text.
  package private(set) var text = ""
  /// Where contents stand, in bytes of UTF-8, in order; none is empty.
  private(set) var contents: [Range<Int>] = []
  /// Where one piece ends and the next begins, in bytes of UTF-8, in order.
  private var seams: [Int] = []

  /// An empty text.
  package init() {}

  /// A text from outside.
  package init(content: String) { append(content: content) }

  /// Appends what a template writes.
  package mutating func append(markup: String) {
    seams.append(text.utf8.count)
    text += markup
  }

  /// Appends what comes from outside.
  package mutating func append(content: String) {
    guard !content.isEmpty else { return }
    let start = text.utf8.count
    seams.append(start)
    text += content
    contents.append(start..<text.utf8.count)
  }

  /// Appends another text with its stretches.
  package mutating func append(_ other: MarkedText) {
    let start = text.utf8.count
    seams += [start] + other.seams.map { $0 + start }
    text += other.text
    contents += other.contents.map { $0.lowerBound + start..<$0.upperBound + start }
  }

  /// The bytes of a range, which begins and ends between characters.
  subscript(range: Range<Int>) -> MarkedText {
    var result = MarkedText()
    let bytes = text.utf8
    let start = bytes.index(bytes.startIndex, offsetBy: range.lowerBound)
    result.text = String(text[start..<bytes.index(start, offsetBy: range.count)])
    result.contents = contents.compactMap { content in
      let part = content.clamped(to: range)
      return part.isEmpty ? nil : part.lowerBound - range.lowerBound..<part.upperBound - range.lowerBound
    }
    result.seams = seams.filter(range.contains).map { $0 - range.lowerBound }
    return result
  }

  /// What was appended, one by one; nothing of it is empty.
  var pieces: [MarkedText] {
    let ends = seams + [text.utf8.count]
    return zip([0] + ends, ends).filter { $0 < $1 }.map { self[$0..<$1] }
  }

  /// The text without the scalars at its ends that `isLeftOut` says.
  func trimming(_ ends: ContentEdit.Ends, _ isLeftOut: (Unicode.Scalar) -> Bool) -> MarkedText {
    var rest = Substring(text).unicodeScalars
    var (start, end) = (0, text.utf8.count)
    while ends != .end, let first = rest.first, isLeftOut(first) {
      start += UTF8.width(first)
      rest.removeFirst()
    }
    while ends != .start, let last = rest.last, isLeftOut(last) {
      end -= UTF8.width(last)
      rest.removeLast()
    }
    return self[start..<end]
  }
}
