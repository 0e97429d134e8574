/// The most words or characters that a prompt allows.
struct RequestedLimit {
  let most: Int
  private let countsWords: Bool

  init?(_ request: String) {
    if let match = request.firstMatch(
      of:
        /(?i)(?:under|less than|fewer than|no more than|not more than|at most|within|maximum of|max|up to|limit of|limited to) ([0-9]{1,4}) words/
    ) {
      guard let most = Int(match.output.1) else { return nil }
      (self.most, countsWords) = (most, true)
    } else if let match = request.firstMatch(of: /(?i)([0-9]{1,4}) words (?:or less|or fewer|max|maximum|at most)/) {
      guard let most = Int(match.output.1) else { return nil }
      (self.most, countsWords) = (most, true)
    } else if let match = request.firstMatch(of: /(?:不超过|不超過|少于|少於|最多|控制在|限制在)\s?([0-9]{1,4})\s?(?:个|個)?字/) {
      guard let most = Int(match.output.1) else { return nil }
      (self.most, countsWords) = (most, false)
    } else if let match = request.firstMatch(of: /([0-9]{1,4})\s?(?:个|個)?字(?:以内|以內|之内|以下)/) {
      guard let most = Int(match.output.1) else { return nil }
      (self.most, countsWords) = (most, false)
    } else {
      return nil
    }
  }

  func length(of text: String) -> Int {
    countsWords ? text.split(whereSeparator: \.isWhitespace).count : text.count { $0.isHan }
  }
}
