package import DMoEData
package import DMoEModel
import Foundation

extension TrainingPipeline {
  /// Whether the run in the folder came to its end before.
  package var isFinished: Bool {
    let metrics = runFolder.appendingPathComponent("metrics.jsonl")
    guard FileManager.default.fileExists(atPath: metrics.path) else { return false }
    return (try? RunRecord(metrics: metrics))?.seconds != nil
  }

  /// Computes what the phases will read of the frozen trunk, on all threads of the model, for a cache that several runs
  /// share: they would compute it text by text, each for itself. Ends early when the cache is full.
  ///
  /// - Parameter onProgress: Called with texts done and all of them; what it throws stops the work.
  package func readTexts(
    _ samples: [RankedResponses], prompts: [CategorizedPrompt], _ model: RewardModel, into cache: TrunkCache,
    onProgress: (Int, Int) throws -> Void
  ) throws {
    let texts =
      model.inner.count > 1
      ? try TrainingData(samples, prompts: prompts, configuration).routerTexts(model) : PhaseData<RoutedText>()
    let routed = model.configuration.router.adapter == nil ? texts.training + texts.validation : []
    let total = samples.count + routed.count
    for (done, sample) in samples.enumerated() {
      guard cache.hasRoom else { break }
      if done % 16 == 0 { try onProgress(done, total) }
      let encoded: EncodedResponses
      do {
        encoded = try model.reader.encodeDistinct(sample.conversation, responses: sample.responses).encoded
      } catch ModelError.overLength where configuration.data.skipsOverLength { continue }
      let layers = trunkLayers(model, isExpert: sample.capability != nil)
      if layers > 0 { _ = try cache.states([encoded], model.reader, layers: layers) }
    }
    for (done, text) in routed.enumerated() {
      if done % 16 == 0 { try onProgress(samples.count + done, total) }
      _ = try cache.features(text.ids, model.router, model.reader)
    }
  }

  /// How many layers no phase changes on a sample: those below the base's, for an expert below its own, too.
  private func trunkLayers(_ model: RewardModel, isExpert: Bool) -> Int {
    let adapters = [model.configuration.base] + (isExpert ? [model.configuration.expert] : [])
    return adapters.map { $0.layers(depth: model.depth).lowerBound }.min() ?? 0
  }
}
