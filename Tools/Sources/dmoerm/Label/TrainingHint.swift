@_spi(Command) import DMoERM
import Foundation

/// The command that trains on a file of labels, as far as there is one that can succeed.
struct TrainingHint {
  /// Fewer preferences in one category than this may leave too few to train on, when some are held back to validate.
  private static let leastPreferences = 12

  /// What the file of labels holds.
  let rows: [RankedResponses]
  let output: URL
  /// The file of the taxonomy; nil for the paper's.
  let taxonomy: String?

  var lines: [String] {
    // Bases come first, and learn from preferences as a whole.
    let preferences = rows.filter { $0.capability == nil && Set($0.ranks).count > 1 }
    guard !preferences.isEmpty else {
      return [
        "The labels speak of capability points only. Training also takes preferences as a whole: `dmoerm label` with",
        "--overall asks for them, or `dmoerm train` reads them as --samples beside --labels.",
      ]
    }
    let counts = Dictionary(grouping: preferences, by: \.category).mapValues(\.count)
    let isPlain = counts.allSatisfy { $0.key == nil }
    let most = isPlain ? preferences.count : counts.filter { $0.key != nil }.map(\.value).max() ?? 0
    guard most >= Self.leastPreferences else {
      return [
        "Too few to train on: \(Numbers.count(most, "preference")) in one category, where training takes some "
          + "\(Self.leastPreferences) or more."
      ]
    }
    let more = isPlain ? ["--taxonomy", "single"] : taxonomy.map { ["--taxonomy", $0] } ?? []
    let bundle = output.deletingPathExtension().appendingPathExtension("dmoerm").relativePath
    let train = [Invocation.program, "train", "--labels", output.relativePath] + more + ["--output", bundle]
    return ["Next:", "  " + ShellWord.command(train)]
  }
}
