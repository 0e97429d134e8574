@_spi(Command) import DMoERM
import Foundation

/// A model as it is served, from when its bundle was read until it is read again: requests that came before end on it.
final class ServedModel: Sendable {
  let name: String
  let model: RewardModel
  /// The same, with rewards as its heads give them.
  let raw: RewardModel
  /// A hash of the bundle: which weights a reward is from.
  let fingerprint: String
  let created: Date
  let card: String
  /// Prompts that have been read, for responses to come.
  let prompts: KeptPrompts

  init(_ source: ModelSource, beside loaded: [Backbone], keeping bytes: Int) throws {
    // Before and after: a bundle that is replaced meanwhile must not have the old one's name for the new one's rewards.
    let before = try RewardModel.fingerprint(ofBundle: source.bundle)
    let model = try source.load(loaded)
    guard try RewardModel.fingerprint(ofBundle: source.bundle) == before else {
      throw ServeError(.conflict, "the bundle of \(source.name) was changed while it was read; reload it again")
    }
    name = source.name
    self.model = model
    raw = model.withoutNormalization
    fingerprint = before
    created = Date()
    card = ModelCard(model, name: source.name, fingerprint: before).markdown
    prompts = KeptPrompts(limit: bytes)
  }

  /// The categories that rewards can come from, in the taxonomy's order.
  var categories: [TaskCategory] {
    let trained = Set(model.trainedCategories)
    return model.configuration.taxonomy.categories.filter { trained.contains($0.id) }
  }

  /// The model's own name of a category.
  ///
  /// - Throws: `ServeError` for a category that it has not.
  func category(named name: String) throws(ServeError) -> String {
    let taxonomy = model.configuration.taxonomy
    if let match = taxonomy.category(named: name) { return match.id }
    let known = categories.map(\.id).joined(separator: ", ")
    throw ServeError(.unknownCategory, "the model \(self.name) has no category of that name; it has \(known)")
  }

  /// How many tokens a text has, without any template.
  func tokenCount(of text: String) -> Int {
    model.backbone.tokenizer?.encode(text, parsingSpecialTokens: false).count ?? text.utf8.count
  }

  /// How many tokens a prompt has, template and all; none if it is no prompt of this model, which is told when it is read.
  func promptTokenCount(of key: KeptPrompts.Key) -> Int {
    prompts.tokenCount(of: key) ?? (try? model.promptTokenCount(of: key.conversation)) ?? 0
  }

  /// What a job's prompt costs a pass: the tokens that are to be read, none if it is kept, and the memory of its keys and
  /// values.
  func promptCost(of job: ScoringJob) -> (tokens: Int, bytes: Int) {
    if let kept = prompts.find(job.group.prompt) { return (0, kept.byteCount) }
    return (job.promptTokens, model.preparedByteCount(tokens: job.promptTokens))
  }

  /// Whether differences of its rewards are log-odds.
  var hasProbabilities: Bool { model.temperature != 1 }
}
