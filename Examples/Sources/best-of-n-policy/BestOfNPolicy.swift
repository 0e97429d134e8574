import DMoEPolicy
import DMoERM
import Foundation

/// Lets a language model write several answers and a reward model choose: `best-of-n-policy BUNDLE BACKBONE PROMPT N`.
@main
struct BestOfNPolicy {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 4, let count = Int(arguments[4]) else {
      return fail("usage: best-of-n-policy BUNDLE BACKBONE PROMPT N")
    }
    do {
      // One backbone in memory serves both.
      let backbone = try Backbone(contentsOf: URL(fileURLWithPath: arguments[2]))
      let policy = try LanguageModel(backbone: backbone, template: .chatML)
      let reward = try RewardModel(contentsOf: URL(fileURLWithPath: arguments[1]), backbone: backbone)

      // The prompt is computed once for all samples; the same seed gives the same texts.
      let options = GenerationOptions(maximumTokens: 40, sampling: Sampling(temperature: 0.8, topP: 0.95), seed: 1)
      let chosen = try policy.best(
        of: count, for: try Conversation(prompt: arguments[3]), by: reward, options: options)

      // An answer that the reward model cannot judge has no reward; it is never the best.
      guard let best = chosen.best, let value = best.reward else { return fail("no answer has a reward") }
      let judged = chosen.candidates.count - chosen.abstentions
      print("best\t\(value)\tof \(judged)\t\(chosen.abstentions) without a reward")
      print(best.completion.text.replacingOccurrences(of: "\n", with: " "))
    } catch {
      fail("\(error)")
    }
  }

  private static func fail(_ message: String) {
    FileHandle.standardError.write(Data("best-of-n-policy: \(message)\n".utf8))
    exit(1)
  }
}
