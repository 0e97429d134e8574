/// The mark that begins an item of a list, such as "- " or "2. ".
struct ListMark {
  /// Where the item's text begins.
  let end: Int
  /// The item's number, where it has one in digits.
  let number: Int?

  /// The mark at the beginning of a line without its indent; nil if there is none.
  init?(_ line: ArraySlice<Character>) {
    guard let first = line.first else { return nil }
    var place = line.startIndex
    var number: Int?
    if "-*+•·●○▪–—>".contains(first) {
      place += 1
      guard place < line.endIndex, line[place].isWhitespace || "•·●○▪".contains(first) else { return nil }
    } else if let parsed = Self.numbered(line) {
      (place, number) = parsed
    } else {
      return nil
    }
    while place < line.endIndex, line[place].isWhitespace { place += 1 }
    guard place < line.endIndex else { return nil }
    end = place
    self.number = number
  }

  /// "2." "2)" "2、" "（2）" "(a)" "二、": where it ends, and its number.
  private static func numbered(_ line: ArraySlice<Character>) -> (Int, Int?)? {
    var place = line.startIndex
    let isOpen = line[place] == "(" || line[place] == "（"
    if isOpen { place += 1 }
    let digits = line[place...].prefix { $0.isASCII && $0.isNumber }
    let numerals = line[place...].prefix { "一二三四五六七八九十".contains($0) }
    let count = max(digits.count, numerals.count)
    guard (1...3).contains(count), place + count < line.endIndex else { return nil }
    place += count
    let close = line[place]
    place += 1
    let number = Int(String(digits))
    switch close {
    case ")", "）": return (place, number)
    case "、", "．": return isOpen ? nil : (place, number)
    case ".", ":", "：":
      // "3.5 liters" and "10:30" begin no item.
      guard !isOpen, number != nil, place == line.endIndex || !line[place].isNumber else { return nil }
      return (place, number)
    default: return nil
    }
  }
}
