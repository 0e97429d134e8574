/// Changes numbers; equal ones alike, so that a response stays in tune with itself.
struct NumberChanger {
  private var known: [String: String] = [:]

  /// The sentence with other numbers; nil if it has none.
  mutating func change(_ sentence: String, using generator: inout some RandomNumberGenerator) -> String? {
    var text = Array(sentence)
    var isChanged = false
    var place = 0
    while place < text.count {
      let end = text[place...].firstIndex { !Self.isDigit($0) } ?? text.count
      if end > place {
        if stands(alone: place..<end, in: text) {
          text.replaceSubrange(place..<end, with: other(String(text[place..<end]), using: &generator))
          isChanged = true
        }
        place = end
        continue
      }
      if isNumeral(at: place, in: text) {
        text.replaceSubrange(place...place, with: other(String(text[place]), using: &generator))
        isChanged = true
      }
      place += 1
    }
    return isChanged ? String(text) : nil
  }

  private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }

  /// Whether digits are a number, not a part of a name such as H2O, of a fraction or of a group of thousands.
  private func stands(alone digits: Range<Int>, in text: [Character]) -> Bool {
    if digits.count > 12 || isReference(digits, in: text) { return false }
    if let before = digits.lowerBound > 0 ? text[digits.lowerBound - 1] : nil {
      if before.isLetter && !before.isHan || "_#@/^".contains(before) { return false }
      if ".,'".contains(before), digits.lowerBound > 1, Self.isDigit(text[digits.lowerBound - 2]) { return false }
      if before == "-", digits.lowerBound > 1, text[digits.lowerBound - 2].isLetter, !text[digits.lowerBound - 2].isHan
      {
        return false
      }
    }
    guard digits.upperBound < text.count else { return true }
    let after = text[digits.upperBound]
    return !(after.isLetter && !after.isHan) && after != "_"
  }

  /// Whether digits are a mark such as [3] or [1, 2], which names a source.
  private func isReference(_ digits: Range<Int>, in text: [Character]) -> Bool {
    func isInside(_ character: Character) -> Bool { Self.isDigit(character) || ", -".contains(character) }
    guard let open = text[..<digits.lowerBound].lastIndex(where: { !isInside($0) }),
      let close = text[digits.upperBound...].firstIndex(where: { !isInside($0) })
    else { return false }
    return text[open] == "[" && text[close] == "]"
  }

  /// Whether a Chinese numeral counts something: 三 in 三个, not in 三角.
  private func isNumeral(at place: Int, in text: [Character]) -> Bool {
    guard Self.numerals.contains(text[place]), place + 1 < text.count, Self.counted.contains(text[place + 1]) else {
      return false
    }
    return place == 0 || !Self.numerals.contains(text[place - 1]) && text[place - 1] != "点"
  }

  private mutating func other(_ number: String, using generator: inout some RandomNumberGenerator) -> String {
    if let other = known[number] { return other }
    let taken = Set(known.values)
    var other = number
    // Two numbers should not become one, as far as that can be had.
    for _ in 0..<20 where other == number || taken.contains(other) { other = draw(number, using: &generator) }
    while other == number { other = draw(number, using: &generator) }
    known[number] = other
    return other
  }

  private func draw(_ number: String, using generator: inout some RandomNumberGenerator) -> String {
    if let numeral = number.first, Self.numerals.contains(numeral) {
      return String(Self.numerals.filter { $0 != numeral }.randomElement(using: &generator) ?? numeral)
    }
    var digits = Array(number)
    // Years stay in their century, numbers in their order of magnitude.
    let isYear = digits.count == 4 && (number.hasPrefix("1") || number.hasPrefix("20"))
    if isYear {
      for place in 2..<4 { digits[place] = Self.digit(0...9, using: &generator) }
    } else if digits[0] == "0", digits.count > 1 {
      digits[digits.count - 1] = Self.digit(1...9, using: &generator)
    } else if let value = Int(number), (10...31).contains(value) {
      // Days stay days.
      return "\(Int.random(in: 10...31, using: &generator))"
    } else {
      digits[0] = Self.digit((digits.count == 1 ? 2 : 1)...9, using: &generator)
      if digits.count > 1 { digits[1] = Self.digit(0...9, using: &generator) }
    }
    return String(digits)
  }

  private static func digit(_ range: ClosedRange<Int>, using generator: inout some RandomNumberGenerator) -> Character {
    Character("\(Int.random(in: range, using: &generator))")
  }

  private static let numerals: [Character] = ["二", "三", "四", "五", "六", "七", "八", "九"]
  private static let counted: Set<Character> = Set("个個年月日天次种種位人岁歲倍米里元块章项項条條节節步只名本件层層级級类類场届座匹张張段句秒十百千亿億维維")
}
