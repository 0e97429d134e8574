import DMoEPolicy
import DMoERL
import DMoERM
import Foundation

/// Trains a language model by a reward model, in a loop of its own: `rl-trainer BUNDLE BACKBONE STEPS ADAPTER`.
@main
struct RLTrainer {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 4, let steps = Int(arguments[3]) else {
      return fail("usage: rl-trainer BUNDLE BACKBONE STEPS ADAPTER")
    }
    do {
      try await train(
        URL(fileURLWithPath: arguments[2]), by: URL(fileURLWithPath: arguments[1]), steps: steps,
        to: URL(fileURLWithPath: arguments[4]))
    } catch {
      fail("\(error)")
    }
  }

  private static func train(_ backboneURL: URL, by bundle: URL, steps: Int, to folder: URL) async throws {
    // One backbone in memory serves policy, reference and judge.
    let backbone = try Backbone(contentsOf: backboneURL)
    let judge = try RewardModel(contentsOf: bundle, backbone: backbone)
    var policy = try LanguageModel(backbone: backbone, template: .chatML)
    try policy.beginAdapter(LoRAConfiguration(rank: 4, alpha: 8, dropout: 0), seed: 1)
    var trainer = try PolicyTrainer(
      policy,
      RLConfiguration {
        ($0.groupSize, $0.maximumTokens) = (6, 16)
        $0.optimizer.learningRate = 1e-3
        $0.objective.masksTruncated = false
      })
    let prompts = try PromptOrder(["My parcel is late.", "The invoice is wrong.", "Can I pay later?"], seed: 1)

    for step in 0..<steps {
      // Sample.
      var rollOuts = try trainer.sample(prompts.prompts(step: step, count: 2))
      // Score: what the model says, and a rule of our own on top of it. What it cannot judge has no reward.
      for index in rollOuts.indices {
        try await rollOuts[index].judge(by: judge)
        let texts = rollOuts[index].completions.map(\.text)
        rollOuts[index].rewards = zip(rollOuts[index].rewards, texts).map { reward, text in
          reward.map { $0 - 0.01 * Float(text.count) }
        }
      }
      // Update.
      let metrics = try trainer.update(from: rollOuts)
      let numbers = [metrics.reward, metrics.divergence].map { $0.map { String(format: "%.4f", $0) } ?? "none" }
      print("step \(metrics.step)\treward \(numbers[0])\tKL \(numbers[1])")
      if let reason = trainer.stopReason {
        print("ended: \(reason)")
        break
      }
    }
    try trainer.policy.writeAdapter(to: folder)
  }

  private static func fail(_ message: String) {
    FileHandle.standardError.write(Data("rl-trainer: \(message)\n".utf8))
    exit(1)
  }
}
