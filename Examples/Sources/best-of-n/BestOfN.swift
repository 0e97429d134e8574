import DMoERM
import Foundation

/// Chooses among candidate responses: `best-of-n BUNDLE BACKBONE PROMPT < CANDIDATES`, one candidate a line.
@main
struct BestOfN {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 3 else { return fail("usage: best-of-n BUNDLE BACKBONE PROMPT < CANDIDATES") }
    do {
      let model = try RewardModel(
        contentsOf: URL(fileURLWithPath: arguments[1]), backbone: URL(fileURLWithPath: arguments[2]))
      let candidates = readCandidates()
      guard !candidates.isEmpty else { return fail("there is no candidate on standard input") }

      // One call for all candidates: the prompt is computed once.
      let rewards = try model.scores(prompt: arguments[3], responses: candidates)

      // Best first; equal rewards keep the order of the input.
      let order = rewards.indices.sorted { (rewards[$1], $0) < (rewards[$0], $1) }
      print("best\t\(candidates[order[0]])")
      for index in order { print("\(rewards[index])\t\(candidates[index])") }
    } catch {
      fail("\(error)")
    }
  }

  /// The lines of standard input that are not empty.
  private static func readCandidates() -> [String] {
    var candidates: [String] = []
    while let line = readLine() {
      if !line.isEmpty { candidates.append(line) }
    }
    return candidates
  }

  private static func fail(_ message: String) {
    FileHandle.standardError.write(Data("best-of-n: \(message)\n".utf8))
    exit(1)
  }
}
