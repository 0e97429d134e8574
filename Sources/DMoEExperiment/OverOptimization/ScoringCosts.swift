import DMoECore
import DMoEData
import DMoEEvaluate
import DMoEModel
import DMoETrain
import Foundation

/// What it costs to ask each proxy: the time that it takes alone to score texts as a policy's training does, a prompt's texts at
/// once.
struct ScoringCosts {
  let run: OverOptimizationRun
  let data: ExperimentData

  /// What a reward asks: rules cost nothing.
  enum Asked: String, Sendable, Codable, CaseIterable {
    case one, all, posterior
  }

  /// Milliseconds a text, by contender and what is asked.
  struct Table: Sendable, Codable {
    /// What times depend on besides: another number of threads or members makes them anew, all of them, to be compared.
    var circumstances: String
    var milliseconds: [String: Double] = [:]

    /// `nil` where nothing is computed.
    func milliseconds(of reading: ExperimentResult.Reading) -> Double? {
      reading.kind.asked.flatMap { milliseconds[Self.key(reading.contender, $0)] }
    }

    static func key(_ contender: ContenderID, _ asked: Asked) -> String { "\(contender) \(asked.rawValue)" }
  }

  /// Prompts, and texts of each, that are timed.
  private static let (prompts, texts) = (4, 16)

  /// The times, kept or measured.
  ///
  /// - Throws: What scoring and `onEvent` throw; `CoreError.unwritableFile`.
  func measured(_ onEvent: ExperimentRun.Observer) throws -> Table {
    let trained = run.plan.contenders.filter(\.isTrained)
    let members = trained.map { "\($0.id) \($0.seeds.count)" }.joined(separator: ", ")
    var table = Table(circumstances: "\(run.policy.compute.threads) threads; members: \(members)")
    if let content = FileManager.default.contents(atPath: run.store.costs.path),
      let kept = try? JSONDecoder().decode(Table.self, from: content), kept.circumstances == table.circumstances
    {
      table = kept
    }
    let all = trained.flatMap { contender in
      Asked.allCases.filter { $0.isPossible(contender) }.map { (contender, $0) }
    }
    for (place, (contender, asked)) in all.enumerated() {
      let key = Table.key(contender.id, asked)
      guard table.milliseconds[key] == nil else { continue }
      try onEvent(.timing(done: place, total: all.count))
      table.milliseconds[key] = try milliseconds(of: asked, contender)
      try AtomicFile<CoreError>.write(try JSONEncoder.file(table), to: run.store.costs)
    }
    return table
  }

  private func milliseconds(of asked: Asked, _ contender: ExperimentContender) throws -> Double {
    let experiment = try run.plan.experiment
    func bundle(_ member: MemberID) throws -> RewardModel {
      try run.model(ExperimentStore.bundle(of: member, in: experiment.folder), backbone: nil)
    }
    switch asked {
    case .one:
      let model = try bundle(contender.members[0])
      return try time { _ = try model.scores($0.responses, to: $0.conversation) }
    case .all:
      let model = try RewardModel(ensemble: contender.members.map(bundle), combination: .mean)
      return try time { _ = try model.scores($0.responses, to: $0.conversation) }
    case .posterior:
      let member = contender.members[0]
      let posterior = try LaplacePosterior(
        contentsOf: ExperimentStore.posterior(of: member, in: experiment.folder), try bundle(member),
        category: ExperimentContender.commonCategory)
      return try time { _ = try posterior.estimates(of: $0.responses, to: $0.conversation) }
    }
  }

  /// Milliseconds a text, after one prompt that is not timed.
  private func time(_ score: (BestOfNPrompt) throws -> Void) throws -> Double {
    let prompts = try data.bestOfN.prefix(Self.prompts).map { prompt in
      try BestOfNPrompt(
        conversation: prompt.conversation, responses: Array(prompt.responses.prefix(Self.texts)),
        gold: Array(prompt.gold.prefix(Self.texts)))
    }
    if let first = prompts.first { try score(first) }
    let start = ContinuousClock.now
    for prompt in prompts { try score(prompt) }
    let seconds = start.duration(to: .now) / .seconds(1)
    return 1000 * seconds / Double(max(1, prompts.reduce(0) { $0 + $1.responses.count }))
  }
}

extension ScoringCosts.Asked {
  /// Whether a contender has a reading that asks so.
  fileprivate func isPossible(_ contender: ExperimentContender) -> Bool {
    switch self {
    case .one: true
    // Experts are of one model; the members of an ensemble have none.
    case .all: contender.seeds.count > 1 && contender.structure.isEnsembleMember
    case .posterior: contender.structure == .single
    }
  }
}

extension ExperimentResult.Reading.Kind {
  /// What it asks; `nil` for length.
  fileprivate var asked: ScoringCosts.Asked? {
    switch self {
    case .length: nil
    case .member, .experts: .one
    case .ensemble: .all
    case .posteriorMean, .posteriorLowerBound: .posterior
    }
  }
}
