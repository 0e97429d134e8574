import DMoECore
import DMoEData
import DMoEModel
import Foundation
import Synchronization
import Testing
import _TestSupport

@testable import DMoETrain

/// Ranks that train one phase together.
@Suite struct RankTeamsTests {
  private static let base = TrainingPhase.base(category: "chat")
  private static let other = TrainingPhase.base(category: "code")

  @Test func ranksThatAreLeftHelpWhereMostWorkIs() {
    func teams(_ idle: [Int], limit: Int = 8) -> RankTeams {
      RankTeams(
        [Self.base, Self.other], idle: idle, costs: { $0 == Self.base ? 30 : 10 }, limits: { _ in limit })
    }
    #expect(teams([4, 2]).teams.map(\.ranks) == [[4], [2]])
    #expect(teams([0, 1, 2]).teams.map(\.ranks) == [[0, 2], [1]])
    #expect(teams([0, 1, 2, 3, 4, 5]).teams.map(\.ranks) == [[0, 2, 3, 4], [1, 5]])
    #expect(teams([0, 1, 2, 3, 4, 5], limit: 2).teams.map(\.ranks) == [[0, 2], [1, 3]])
    #expect(teams([0, 1, 2, 3, 4, 5], limit: 2).idle == [4, 5] && teams([4, 2]).idle.isEmpty)
  }

  @Test func onlyMicroBatchesAreSharedOut() {
    var configuration = TrainingConfiguration()
    configuration.base.batchSize = 10
    var model = RewardModel.Configuration(taxonomy: .single)
    #expect(configuration.ranks(in: Self.base, of: model) == 1)
    // What is only read has as many parts as texts.
    for phase in [TrainingPhase.router, .sharedHead] { #expect(configuration.ranks(in: phase, of: model) == .max) }
    model.router.adapter = LoRAConfiguration()
    #expect(configuration.ranks(in: .router, of: model) == 1)
    configuration.microBatch = 4
    #expect(configuration.ranks(in: Self.base, of: model) == 3 && configuration.ranks(in: .router, of: model) == 4)
  }

  private struct Steps: Equatable {
    var parameters: [String: [UInt32]] = [:]
    var losses: [UInt64] = []
    var norms: [UInt64] = []
    var bytes = 0
    var length = 0
  }

  /// A few steps of a base with all of regularization, taken by a team of so many ranks, the last of more ranks.
  private static func steps(_ count: Int, microBatch: Int?) throws -> [Steps] {
    let samples = try TinyRun.samples(perCategory: 14)
    let configuration = TinyRun.configuration {
      $0.microBatch = microBatch
      $0.memory.rowsPerPass = 40
      $0.regularization = Regularization(
        languageModeling: .init(weight: 0.01, tokens: 4), batchSum: 0.01, headDropout: .init(rate: 0.1, masks: 2))
    }
    return try ThreadRanks.run(count + 1) { ranks -> Steps? in
      guard ranks.rank > 0 else { return nil }
      let model = try TinyRun.model()
      let data = try PhaseData(
        training: samples.prefix(20).compactMap { try RankedExample($0, model.reader, configuration.loss) })
      var task = RankingTask(
        name: "base/chat", expert: model.inner[0].base, reader: model.reader, data: data, configuration: configuration,
        languageModelHead: try configuration.languageModelHead(of: model.reader), cache: TrunkCache(limit: 0))
      var optimizer = AdamOptimizer(configuration.base)
      let team = TeamRanks(Array(1...count), over: RankSwitchboard(ranks)) {}
      var steps = Steps()
      for step in 0..<3 {
        let result = try OptimizerStep(
          samples: (0..<16).map { ($0 * 7 + step) % data.training.count }, rate: 1e-2, dropoutSeed: UInt64(step),
          microBatch: microBatch, ranks: team
        ).take(&task, &optimizer, model.compute)
        steps.losses.append(result.sum.loss.bitPattern)
        steps.losses.append((result.sum.regularization ?? 0).bitPattern)
        steps.norms.append(result.gradientNorm.bitPattern)
      }
      for (path, value) in task.parameterValues { steps.parameters[path] = value.elements.map(\.bitPattern) }
      steps.bytes = team.bytesSent
      steps.length = task.parameterValues.reduce(0) { $0 + $1.value.count }
      return steps
    }.compactMap { try $0.get() }
  }

  @Test(arguments: [1, 2, 5])
  func stepsHaveTheSameBitsOnAnyNumberOfRanks(microBatch: Int) throws {
    var alone = try Self.steps(1, microBatch: microBatch)[0]
    #expect(alone.bytes == 0)
    for count in [2, 3, 4, 7] {
      let all = try Self.steps(count, microBatch: microBatch)
      // What tells of the step is small, but not beside this adapter.
      let sent = Double(all.reduce(0) { $0 + $1.bytes }) / Double(count * 3)
      #expect(sent < 2.0 * 4 * Double(alone.length) + 4096, "\(count) ranks send \(sent) bytes a step")
      for own in all {
        alone.bytes = own.bytes
        #expect(own == alone, "\(count) ranks")
      }
    }
  }

  /// The same loss but for rounding and the drops of dropout; without a micro-batch nothing has changed.
  @Test func microBatchesAddUpToTheStep() throws {
    func norm(_ microBatch: Int?) throws -> Double {
      let samples = try TinyRun.samples(perCategory: 14)
      let configuration = TinyRun.configuration { $0.microBatch = microBatch }
      let model = try TinyRun.model { $0.base.dropout = 0 }
      let data = try PhaseData(
        training: samples.prefix(20).compactMap { try RankedExample($0, model.reader, configuration.loss) })
      var task = RankingTask(
        name: "base/chat", expert: model.inner[0].base, reader: model.reader, data: data, configuration: configuration,
        cache: TrunkCache(limit: 0))
      var optimizer = AdamOptimizer(configuration.base)
      return try OptimizerStep(
        samples: Array(0..<11), rate: 1e-2, dropoutSeed: 1, microBatch: microBatch
      ).take(&task, &optimizer, model.compute).gradientNorm
    }
    let whole = try norm(nil)
    for size in [1, 3, 11, 50] { #expect(abs(try norm(size) - whole) < 1e-4 * whole, "\(size)") }
  }

  @Test func ranksThatOnlyReadShareThatOut() throws {
    let made = Atomic<Int>(0)
    let results = ThreadRanks.run(3) { ranks in
      try ranks.sharing(8) { number in
        made.add(1, ordering: .relaxed)
        return Matrix(number % 3, 2, (0..<number % 3 * 2).map { Float(number * 10 + $0) })
      }
    }
    #expect(made.load(ordering: .relaxed) == 8)
    for result in results {
      let matrices = try result.get()
      #expect(matrices.map(\.rows) == [0, 1, 2, 0, 1, 2, 0, 1] && matrices.allSatisfy { $0.columns == 2 })
      #expect(matrices[5].elements == [50, 51, 52, 53])
    }
  }

  /// A rank of a team that hears that all stop says why, and does not wait for the others.
  @Test func aTeamHearsThatAllStop() throws {
    struct Stopped: Error {}
    let results = ThreadRanks.run(2) { ranks -> Bool in
      guard ranks.rank == 0 else {
        // Rank 0 has to be waiting for this one, which never comes.
        while try ranks.receive() == nil { sched_yield() }
        return true
      }
      let team = TeamRanks([0, 1], over: RankSwitchboard(ranks)) { throw Stopped() }
      do { _ = try team.allGather(Data()) } catch { return team.stop is Stopped }
      return false
    }
    for result in results { #expect(try result.get()) }
  }
}
