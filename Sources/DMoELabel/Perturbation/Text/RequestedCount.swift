/// How many items a prompt asks for.
enum RequestedCount {
  /// All numbers that stand before something that can be listed, and are no bounds.
  static func counts(in request: String) -> Set<Int> {
    var counts: Set<Int> = []
    let pattern =
      /(?:^|[\s(])([0-9]{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve)\s+(?:[a-z\-]+\s+){0,2}?([a-z]+)/
    let lowercased = request.lowercased()
    for match in lowercased.matches(of: pattern)
    where listed.contains(String(match.output.2)) && !Negated.isBound(match.output.1.startIndex, in: lowercased) {
      if let count = Int(match.output.1) ?? numbers[String(match.output.1)] { counts.insert(count) }
    }
    // A number that is asked for, not one that is told of.
    let chinesePattern =
      /(?:^|[给写列举供荐建成择绍想编说少])[^，。？！,.?!\n]{0,6}?([0-9]{1,2}|[二两兩三四五六七八九十])\s?[个個条條种種点點项項句首步篇道]/
    for match in request.matches(of: chinesePattern)
    where !Negated.isBound(match.output.1.startIndex, in: request) {
      if let count = Int(match.output.1) ?? chineseNumbers[String(match.output.1)] { counts.insert(count) }
    }
    return counts
  }

  private static let numbers = [
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
  ]
  private static let chineseNumbers = [
    "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
  ]
  private static let listed: Set<String> = [
    "ways", "tips", "ideas", "examples", "reasons", "things", "steps", "items", "points", "facts", "questions", "names",
    "suggestions", "titles", "options", "benefits", "advantages", "disadvantages", "differences", "similarities",
    "uses",
    "types", "kinds", "features", "strategies", "methods", "activities", "words", "sentences", "books", "movies",
    "songs",
    "countries", "cities", "places", "topics", "characteristics", "causes", "effects", "factors", "skills", "rules",
    "recommendations", "bullet", "slogans", "quotes", "jokes", "headlines", "adjectives", "synonyms", "criteria",
    "aspects",
  ]
}
