import DMoERM
import Foundation

/// Trains a small model on preferences that are written in code: `train-in-code BACKBONE BUNDLE`.
///
/// The run folder `BUNDLE.run` holds what is done: a program that was killed goes on from there.
@main
struct TrainInCode {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 2 else { return fail("usage: train-in-code BACKBONE BUNDLE") }
    do {
      let bundle = URL(fileURLWithPath: arguments[2])
      let backbone = try Backbone(contentsOf: URL(fileURLWithPath: arguments[1]))
      let adapter = LoRAConfiguration(rank: 4, alpha: 8, dropout: 0, topLayers: 1)
      var configuration = RewardModel.Configuration(taxonomy: Preferences.taxonomy, base: adapter, expert: adapter)
      configuration.template = try template(of: backbone)
      configuration.maximumTokens = min(512, backbone.configuration.contextLength)
      var model = try RewardModel(configuration: configuration, backbone: backbone, seed: 1)

      let pipeline = TrainingPipeline(
        configuration: TrainingConfiguration { $0.seed = 1 }, runFolder: bundle.appendingPathExtension("run"))
      try pipeline.run(&model, samples: try Preferences.samples()) { event in
        guard case .phaseFinished(let summary) = event else { return }
        print("trained\t\(summary.phase)\t\(summary.trainingSamples) samples")
      }
      try model.write(to: bundle)

      let rewards = try model.scores(
        prompt: "Can you reset my password?", responses: [Preferences.kind, Preferences.curt])
      print("kind\t\(rewards[0])\ncurt\t\(rewards[1])")
    } catch {
      fail("\(error)")
    }
  }

  /// ChatML if the backbone knows its tokens, otherwise plain headings and the token that ends a text.
  private static func template(of backbone: Backbone) throws -> ConversationTemplate {
    guard let tokenizer = backbone.tokenizer, tokenizer.tokenID(of: "<|im_start|>") == nil, let end = tokenizer.eosID
    else { return .chatML }
    return .plain(endToken: tokenizer.decode([end]))
  }

  private static func fail(_ message: String) {
    FileHandle.standardError.write(Data("train-in-code: \(message)\n".utf8))
    exit(1)
  }
}
