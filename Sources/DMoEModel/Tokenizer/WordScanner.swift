/// Cuts valid UTF-8 into words by a ``PreTokenizer``'s rules, from left to right, in one pass.
///
/// Hand-written because a general regular-expression engine takes most of the encoding time; each branch below is
/// one alternative of the expression, in its order.
struct WordScanner: IteratorProtocol {
  private let rules: PreTokenizer
  private let bytes: UnsafeBufferPointer<UInt8>
  private let limit: Int
  private let classes = ScalarClass.table
  private let firstClasses = ScalarClass.table.firstPage
  private var position: Int
  // The end of what the regular expression sees: for `smolLM` the next number character, else the end of the text.
  private var end: Int

  init(_ rules: PreTokenizer, _ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
    self.rules = rules
    self.bytes = bytes
    limit = range.upperBound
    position = range.lowerBound
    end = rules == .smolLM ? range.lowerBound : range.upperBound
    if rules == .smolLM { end = nextNumber(from: position) }
  }

  /// The next word.
  mutating func next() -> Range<Int>? {
    guard position < limit else { return nil }
    let start = position
    if start == end {
      position += scalarClass(at: start).width
      end = nextNumber(from: position)
    } else {
      switch rules {
      case .gpt2, .smolLM: position = gpt2End(start)
      case .llama3: position = llama3End(start, digits: 3)
      case .qwen2: position = llama3End(start, digits: 1)
      case .tekken: position = casedEnd(start, digits: 1, hasContractions: false)
      case .gpt4o: position = casedEnd(start, digits: 3, hasContractions: true)
      }
    }
    return start..<position
  }

  // MARK: The expressions

  private func gpt2End(_ start: Int) -> Int {
    if bytes[start] == quote, let end = contraction(start, anyCase: false) { return end }
    var first = start
    if bytes[start] == space, start + 1 < end, scalarClass(at: start + 1).kind != .space { first += 1 }
    let kind = scalarClass(at: first).kind
    return kind == .space ? spaceEnd(start) : runEnd(first, of: kind)
  }

  private func llama3End(_ start: Int, digits: Int) -> Int {
    if bytes[start] == quote, let end = contraction(start, anyCase: true) { return end }
    let (kind, width) = scalarClass(at: start)
    if kind == .letter { return runEnd(start, of: .letter) }
    if kind == .number { return numbersEnd(start, atMost: digits) }
    let second = start + width
    let follower = second < end ? scalarClass(at: second).kind : nil
    if follower == .letter, !isNewline(start) { return runEnd(second, of: .letter) }
    if kind == .other || (bytes[start] == space && follower == .other) {
      var last = runEnd(kind == .other ? start : second, of: .other)
      while last < end, isNewline(last) { last += 1 }
      return last
    }
    return blankEnd(start)
  }

  /// ``llama3End`` with words that change from capitals to small letters at most once.
  private func casedEnd(_ start: Int, digits: Int, hasContractions: Bool) -> Int {
    let (kind, width) = scalarClass(at: start)
    if let word = casedWordEnd(start, kind, width) {
      guard hasContractions, word < end, bytes[word] == quote else { return word }
      return contraction(word, anyCase: true) ?? word
    }
    if kind == .number { return numbersEnd(start, atMost: digits) }
    let second = start + width
    let follower = second < end ? scalarClass(at: second).kind : nil
    if kind == .other || (bytes[start] == space && follower == .other) {
      var last = runEnd(kind == .other ? start : second, of: .other)
      while last < end, isNewline(last) || bytes[last] == UInt8(ascii: "/") { last += 1 }
      return last
    }
    return blankEnd(start)
  }

  /// The first two alternatives of ``PreTokenizer/tekken``, each with the scalar before the word and without it.
  private func casedWordEnd(_ start: Int, _ kind: ScalarClass, _ width: Int) -> Int? {
    let mayLead = kind != .letter && kind != .number && !isNewline(start)
    let starts = mayLead ? [start + width, start] : [start]
    for start in starts { if let last = capitalsThenSmall(start, needsSmall: true) { return last } }
    for start in starts { if let last = capitalsThenSmall(start, needsSmall: false) { return last } }
    return nil
  }

  /// `U*L+`, or `U+L*` where it did not match.
  private func capitalsThenSmall(_ start: Int, needsSmall: Bool) -> Int? {
    var position = start
    var lastSmall: Int?
    while position < end {
      let (letter, width) = LetterCase.at(position, bytes)
      guard letter == .capital || letter == .either else { break }
      position += width
      if letter == .either { lastSmall = position }
    }
    guard needsSmall else { return position > start ? position : nil }
    var small = position
    while small < end {
      let (letter, width) = LetterCase.at(small, bytes)
      guard letter == .small || letter == .either else { break }
      small += width
    }
    // Without a small letter behind the capitals, the last of them that counts as one as well is it.
    return small > position ? small : lastSmall
  }

  private func numbersEnd(_ start: Int, atMost digits: Int) -> Int {
    var last = start
    var count = 0
    while count < digits, last < end {
      let next = scalarClass(at: last)
      guard next.kind == .number else { break }
      last += next.width
      count += 1
    }
    return last
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`
  private func blankEnd(_ start: Int) -> Int {
    let run = runEnd(start, of: .space)
    var afterNewline = run
    while afterNewline > start, !isNewline(afterNewline - 1) { afterNewline -= 1 }
    return afterNewline > start ? afterNewline : spaceEnd(start)
  }

  /// `\s+(?!\S)|\s+`: white space leaves its last scalar to what follows, unless that is all there is.
  private func spaceEnd(_ start: Int) -> Int {
    let run = runEnd(start, of: .space)
    guard run < end else { return run }
    var last = run - 1
    while bytes[last] & 0xC0 == 0x80 { last -= 1 }
    return last > start ? last : run
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d`; without regard to case, U+017F (long s) is an s as well.
  private func contraction(_ start: Int, anyCase: Bool) -> Int? {
    func letter(_ offset: Int) -> UInt8 {
      guard start + offset < end else { return 0 }
      let byte = bytes[start + offset]
      return anyCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
    switch (letter(1), letter(2)) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
      return start + 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    case (0xC5, 0xBF): return anyCase ? start + 3 : nil
    default: return nil
    }
  }

  // MARK: Scalars

  private var quote: UInt8 { UInt8(ascii: "'") }
  private var space: UInt8 { UInt8(ascii: " ") }

  @inline(__always)
  private func isNewline(_ position: Int) -> Bool { bytes[position] == 0x0A || bytes[position] == 0x0D }

  @inline(__always)
  private func rawClass(at position: Int) -> (kind: ScalarClass, width: Int) {
    let (value, width) = UTF8Scalars.decode(bytes, position)
    return (Int(value) < firstClasses.count ? firstClasses[Int(value)] : classes[value], width)
  }

  @inline(__always)
  private func scalarClass(at position: Int) -> (kind: ScalarClass, width: Int) {
    let (kind, width) = rawClass(at: position)
    return (kind == .newNumber ? .other : kind, width)
  }

  private func runEnd(_ start: Int, of kind: ScalarClass) -> Int {
    var position = start
    while position < end {
      let next = scalarClass(at: position)
      guard next.kind == kind else { break }
      position += next.width
    }
    return position
  }

  private func nextNumber(from start: Int) -> Int {
    guard rules == .smolLM else { return limit }
    var position = start
    while position < limit {
      let next = rawClass(at: position)
      if next.kind == .number || next.kind == .newNumber { break }
      position += next.width
    }
    return position
  }
}
