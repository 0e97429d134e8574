/// Whether what a prompt seems to ask for is forbidden there, or a bound and no number that is wanted.
enum Negated {
  /// Whether a word that forbids stands shortly before a place.
  static func isForbidden(_ place: String.Index, in request: String) -> Bool {
    let before = String(request[..<place].suffix(24)).lowercased()
    return before.contains(forbidding) || before.suffix(8).contains(chineseForbidding)
  }

  /// Whether a number that stands at a place is an upper bound, or the end of a range.
  static func isBound(_ place: String.Index, in request: String) -> Bool {
    let before = String(request[..<place].suffix(24)).lowercased()
    return before.contains(bounding) || before.suffix(6).contains(chineseBounding)
  }

  private static var forbidding: Regex<(Substring, Substring, Substring?)> {
    /(?:^|[^a-z])(not|n[’']t|never|without|avoid|avoiding|no|except)[^a-z.!?]+([a-z’']+[^a-z.!?]+){0,3}$/
  }
  private static var bounding: Regex<(Substring, Substring)> {
    /(up to|at most|maximum of|no more than|fewer than|less than|under|[0-9a-z]\s*(?:to|or|and|-|–))\s*$/
  }
  private static var chineseForbidding: Regex<Substring> { /不|别|避免|禁止|无需|勿/ }
  private static var chineseBounding: Regex<Substring> { /最多|至多|不超过|不多于|[0-9一二两三四五六七八九十]\s*(?:到|至|或|-|–|~|～)$/ }
}
