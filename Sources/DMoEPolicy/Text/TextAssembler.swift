import DMoEModel

/// Text from tokens as they come: whole characters only, and nothing that may turn out to be the string that ends it.
///
/// Tokens may end in the middle of a character, and a vocabulary of characters writes a first token otherwise than the same
/// one later. So each new token is decoded behind the ones before it that its text may depend on.
struct TextAssembler {
  private let tokenizer: Tokenizer?
  private let stops: [[UInt8]]
  private var ids: [Int32] = []
  /// From where on ids are decoded.
  private var start = 0
  /// Up to where their text is in `bytes`.
  private var read = 0
  private var bytes: [UInt8] = []
  /// How many of the bytes were handed out.
  private var given = 0

  init(_ tokenizer: Tokenizer?, stops: [String]) {
    self.tokenizer = tokenizer
    self.stops = stops.map { Array($0.utf8) }
  }

  /// All of the text.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Takes in a token; true if the text now comes to a string that ends it, before which it is cut.
  mutating func append(_ id: Int32) -> Bool {
    guard let tokenizer, !tokenizer.isSpecial(id) else { return false }
    ids.append(id)
    let before = tokenizer.decode(ids[start..<read])
    let now = tokenizer.decode(ids[start...])
    // A character that is not whole yet shows as this one.
    guard !now.hasSuffix("\u{FFFD}"), now.utf8.count > before.utf8.count else { return false }
    return take(Array(now.utf8.dropFirst(before.utf8.count)))
  }

  /// Takes in what is left of characters that never became whole; true as above.
  mutating func finish() -> Bool {
    guard let tokenizer, read < ids.count else { return false }
    let before = tokenizer.decode(ids[start..<read])
    return take(Array(tokenizer.decode(ids[start...]).utf8.dropFirst(before.utf8.count)))
  }

  /// What can be shown and was not yet; at the end, all the rest.
  mutating func piece(isLast: Bool) -> String {
    let end = isLast ? bytes.count : bytes.count - heldBack
    guard end > given else { return "" }
    defer { given = end }
    return String(decoding: bytes[given..<end], as: UTF8.self)
  }

  private mutating func take(_ new: [UInt8]) -> Bool {
    let known = bytes.count
    bytes += new
    (start, read) = (read, ids.count)
    let ends = stops.compactMap { stop in
      first(stop, from: max(0, known - stop.count + 1))
    }
    guard let end = ends.min() else { return false }
    bytes.removeSubrange(end...)
    return true
  }

  private func first(_ stop: [UInt8], from start: Int) -> Int? {
    guard bytes.count - start >= stop.count else { return nil }
    return (start...bytes.count - stop.count).first { bytes[$0..<$0 + stop.count].elementsEqual(stop) }
  }

  /// How many of the last bytes are the beginning of a string that ends the text.
  private var heldBack: Int {
    stops.map { stop in
      (1..<max(1, min(stop.count, bytes.count - given + 1))).last { bytes.suffix($0).elementsEqual(stop.prefix($0)) }
        ?? 0
    }.max() ?? 0
  }
}
