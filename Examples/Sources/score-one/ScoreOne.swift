import DMoERM
import Foundation

/// Scores one response: `score-one BUNDLE BACKBONE`.
@main
struct ScoreOne {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 2 else { return fail("usage: score-one BUNDLE BACKBONE") }
    do {
      // The six lines.
      let bundle = URL(fileURLWithPath: arguments[1])
      let backbone = URL(fileURLWithPath: arguments[2])
      let model = try RewardModel(contentsOf: bundle, backbone: backbone)
      let prompt = "How do I keep bread fresh?"
      let reward = try model.score(prompt: prompt, response: "Wrap it in a cloth and keep it out of the fridge.")
      print(reward)
    } catch {
      fail("\(error)")
    }
  }

  /// Errors of the library describe themselves; none of them holds a prompt or a response.
  private static func fail(_ message: String) {
    FileHandle.standardError.write(Data("score-one: \(message)\n".utf8))
    exit(1)
  }
}
