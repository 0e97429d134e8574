import DMoECore
public import DMoEData
import DMoEFoundation
public import DMoEModel

/// What a router's accuracy owes to having seen the source of a prompt: whether it learnt tasks, or where texts come from.
///
/// Categories are often of few sources, each with a style of its own, so that a router may be right on held-out prompts by
/// telling the sources apart. On a source that it never saw only the tasks help.
public struct RouterTransfer: Sendable, Hashable, Codable {
  /// The accuracy on the prompts of one source, whose categories other sources have, too.
  public struct Source: Sendable, Hashable, Codable {
    /// The source, as the prompts name it.
    public let name: String
    /// The share that is right where the router was trained on other prompts of all sources, this one's included.
    public let known: Proportion
    /// The share that is right where it was trained on the other sources alone.
    public let unseen: Proportion
    /// The share that is right if every prompt goes to the most common category of the other sources.
    public let mostCommon: Proportion
  }

  /// The sources that can be judged, by name.
  public let sources: [Source]
  /// The number of prompts that are judged by nothing: of no source, of none of the router's categories, or of a category that
  /// no other source has.
  public let leftOutPrompts: Int

  /// All sources together: the share that is right of what sources know, and of what they do not.
  public var known: Proportion { Self.sum(sources.map(\.known)) }
  /// The same of routers that were trained without the prompt's source.
  public var unseen: Proportion { Self.sum(sources.map(\.unseen)) }
  /// The same of the most common category of the other sources.
  public var mostCommon: Proportion { Self.sum(sources.map(\.mostCommon)) }

  private static func sum(_ parts: [Proportion]) -> Proportion {
    Proportion(successes: parts.reduce(0) { $0 + $1.successes }, total: parts.reduce(0) { $0 + $1.total })
  }
}

extension RewardModel {
  /// Trains routers like this model's without each source in turn, and says how often they are right on it, beside routers that
  /// know the source but not the prompt (five-fold cross-validation). The model's own router has no part in it.
  ///
  /// Routers are softmax regressions on the states of the backbone, as `TrainingPipeline` fits them, without an adapter of their
  /// own: all prompts are read once, and what follows is small.
  ///
  /// - Parameters:
  ///   - prompts: Prompts with categories and sources; equal conversations count once.
  ///   - training: Its seed divides the prompts; of the router's settings, how it is fitted.
  ///   - progress: Called with the prompts read so far and their number.
  ///   - fitting: Called with the routers fitted so far and their number; each may take a minute where prompts are many.
  /// - Returns: no source for a model of one category.
  /// - Throws: `ModelError.emptyInput`, `.invalidToken`; `TokenizerError`; `DataError.invalidFractions`.
  public func routerTransfer(
    prompts: [CategorizedPrompt], training: TrainingConfiguration = TrainingConfiguration(),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in },
    fitting: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> RouterTransfer {
    try SourceFolds(prompts, of: self, training).transfer(progress, fitting)
  }
}

/// Prompts by source and fold, of which routers are fitted and judged.
private struct SourceFolds {
  private struct Item {
    let text: RoutedText
    let source: String
    let fold: Int
    /// Whether it chooses the ridge where it does not judge.
    let isValidation: Bool
  }

  private static let foldCount = 5

  private let model: RewardModel
  private let settings: RouterTraining
  private let rowsPerPass: Int
  private let items: [Item]
  private let promptCount: Int
  private let cache = TrunkCache(limit: 0)

  init(_ prompts: [CategorizedPrompt], of model: RewardModel, _ training: TrainingConfiguration) throws {
    self.model = model
    (settings, rowsPerPass) = (training.router, training.memory.rowsPerPass)
    let share = 1 / Double(Self.foldCount)
    let folds = try DatasetSplit(
      fractions: Array(repeating: share, count: Self.foldCount), seed: training.seed)
    let split = try training.split()
    let taxonomy = model.configuration.taxonomy
    var seen: Set<Conversation> = []
    let distinct = prompts.filter { seen.insert($0.conversation).inserted }
    promptCount = distinct.count
    items =
      taxonomy.categories.count < 2
      ? []
      : try distinct.compactMap { prompt in
        guard let source = prompt.source, let category = prompt.category.flatMap(taxonomy.index(of:)) else {
          return nil
        }
        let ids = try model.reader.encodeUserTurns(
          of: prompt.conversation, limit: model.configuration.router.maximumTokens)
        return Item(
          text: RoutedText(ids: ids, category: category), source: source, fold: folds.part(of: prompt.conversation),
          isValidation: split.part(of: prompt.conversation).isValidation)
      }
  }

  func transfer(_ progress: ReadingProgress, _ fitting: ReadingProgress) throws -> RouterTransfer {
    let sources = Dictionary(grouping: items, by: \.text.category).mapValues { Set($0.map(\.source)) }
    let judged = items.indices.filter { sources[items[$0].text.category, default: []].count > 1 }
    guard !judged.isEmpty else { return RouterTransfer(sources: [], leftOutPrompts: promptCount) }
    let untrained = model.untrainedRouter
    _ = try items.map(\.text).reading(progress) { try cache.features($0.ids, untrained, model.reader) }
    let folds = Set(judged.map { items[$0].fold }).sorted()
    let bySource = Dictionary(grouping: judged) { items[$0].source }.sorted { $0.key < $1.key }
    let total = folds.count + bySource.count
    var known: Set<Int> = []
    for (place, fold) in folds.enumerated() {
      try fitting(place, total)
      known.formUnion(try right(judged.filter { items[$0].fold == fold }, by: items.filter { $0.fold != fold }))
    }
    let rows = try bySource.enumerated().map { place, group in
      let (source, own) = group
      try fitting(folds.count + place, total)
      let others = items.filter { $0.source != source }
      let counts = Dictionary(grouping: others, by: \.text.category).mapValues(\.count)
      let common = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
      func share(_ count: Int) -> Proportion { Proportion(successes: Double(count), total: own.count) }
      return RouterTransfer.Source(
        name: source, known: share(own.count(where: known.contains)), unseen: share(try right(own, by: others).count),
        mostCommon: share(own.count { items[$0].text.category == common }))
    }
    return RouterTransfer(sources: rows, leftOutPrompts: promptCount - judged.count)
  }

  /// Which of the prompts a router that is fitted on others sends to their own category.
  private func right(_ own: [Int], by others: [Item]) throws -> [Int] {
    var data = PhaseData<RoutedText>()
    data.validation = others.filter(\.isValidation).map(\.text)
    data.training = others.filter { !$0.isValidation }.map(\.text)
    // Too few to keep some for the ridge.
    if data.training.isEmpty { swap(&data.training, &data.validation) }
    guard !data.training.isEmpty else { return [] }
    let reader = model.reader
    var task = RouterTask(
      name: "router", router: model.untrainedRouter, reader: reader, data: data, rowsPerPass: rowsPerPass,
      categoryWeights: settings.categoryWeights(data.training, categories: model.inner.count))
    try task.fit(ridges: settings.ridges.isEmpty ? RouterTraining().ridges : settings.ridges, cache) { _, _ in }
    let features = try Matrix(stacking: own.map { try cache.features(items[$0].text.ids, task.router, reader) })
    let logits = task.router.logits(Graph(reader.compute), Variable(constant: features)).value
    return zip(own, 0..<logits.rows).filter { item, row in
      logits.row(row).indexOfMaximum == items[item].text.category
    }.map(\.0)
  }
}
