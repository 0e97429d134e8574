import DMoERM

extension ImportRecord {
  /// The tensors that the head was made of, and the output that is the reward where there are several.
  var headText: String { head.joined(separator: ", ") + (output.map { ", output \($0)" } ?? "") }

  /// How the rewards are to be read.
  func rewardsText(areNormalized: Bool) -> String {
    guard let statistics else { return "as the head gives them" }
    let numbers = "mean \(statistics.mean), deviation \(statistics.deviation)"
    if areNormalized { return "normalized by its \(numbers)" }
    return "as the head gives them"
      + (statistics.deviation > 0 ? "; --normalize of import takes its \(numbers) into account" : "")
  }
}
