import DMoECore
import DMoEData
import Testing
import _TestSupport

@testable import DMoETrain

@Suite struct ScheduleTests {
  /// Ten steps with three of warm-up, as the training fixture was made.
  @Test func warmUpAndCosineAreTheFixtures() throws {
    struct Fixture: Decodable {
      struct Run: Decodable {
        var rate: Double
        var factors: [Double]
        enum CodingKeys: String, CodingKey {
          case rate = "learning_rate"
          case factors
        }
      }
      var adamw: Run
    }
    let run = try TinyRun.models.decode(Fixture.self, "llama/training/training.json").adamw
    let phase = PhaseTraining(learningRate: run.rate, epochs: 1, warmUp: 0.3)
    expectClose(
      run.factors.indices.map { phase.rate(step: $0, of: 10) }, run.factors.map { $0 * run.rate }, 1e-12)
  }

  @Test func aConstantRateStaysAfterWarmUp() {
    let phase = PhaseTraining(learningRate: 2, epochs: 1, schedule: .constant, warmUp: 0.2)
    #expect((0..<10).map { phase.rate(step: $0, of: 10) } == [1, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    let upstream = TrainingConfiguration.paper.expert
    #expect((0..<1000).allSatisfy { upstream.rate(step: $0, of: 1000) == 5e-5 })
  }

  @Test func plannedStepsCoverTheEpochsAndStopAtTheMaximum() {
    #expect(PhaseTraining(learningRate: 1, epochs: 2, batchSize: 8).plannedSteps(samples: 9) == 3)
    #expect(PhaseTraining(learningRate: 1, epochs: 0.5, batchSize: 8).plannedSteps(samples: 8) == 1)
    #expect(PhaseTraining(learningRate: 1, epochs: 9, batchSize: 1, maximumSteps: 4).plannedSteps(samples: 9) == 4)
    #expect(PhaseTraining(learningRate: 1, epochs: 0).plannedSteps(samples: 9) == 0)
  }

  @Test(arguments: [1, 3, 7, 20]) func everyEpochIsAPermutation(batchSize: Int) {
    let count = 7
    var order = SampleOrder(count: count, batchSize: batchSize, seed: 5)
    let all = (0..<count * 4).flatMap { order.batch($0) }
    let epochs = stride(from: 0, to: all.count - count + 1, by: count).map { Array(all[$0..<$0 + count]) }
    #expect(epochs.count >= 4)
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<count)) }
    #expect(Set(epochs).count > 1, "epochs have orders of their own")
  }

  @Test func anOrderIsAPureFunctionOfTheStep() {
    var forward = SampleOrder(count: 11, batchSize: 4, seed: 9)
    let all = (0..<12).map { forward.batch($0) }
    for step in [11, 3, 0, 7, 2] {
      var fresh = SampleOrder(count: 11, batchSize: 4, seed: 9)
      #expect(fresh.batch(step) == all[step])
      #expect(forward.batch(step) == all[step], "after other steps were asked for")
    }
    var other = SampleOrder(count: 11, batchSize: 4, seed: 10)
    #expect((0..<12).map { other.batch($0) } != all)
  }

  @Test func impossibleConfigurationsAreRefused() {
    let edits: [(String, (inout TrainingConfiguration) -> Void)] = [
      ("baseFraction", { $0.baseFraction = 1.5 }), ("validationFraction", { $0.validationFraction = 1 }),
      ("ridge", { $0.warmStartRidges = [0] }), ("rowsPerPass", { $0.rowsPerPass = 0 }),
      ("trunkCacheBytes", { $0.trunkCacheBytes = -1 }), ("checkpointInterval", { $0.checkpointInterval = 0 }),
      ("minimumSamples", { $0.minimumSamples = 0 }),
      ("minimumProbability", { $0.unlabelled = .route(minimumProbability: 2) }),
      ("learningRate", { $0.base.learningRate = -1 }), ("batchSize", { $0.expert.batchSize = 0 }),
      ("warmUp", { $0.aggregator.warmUp = 2 }), ("betas", { $0.router.phase.beta2 = 1 }),
      ("loss", { $0.loss.labelSmoothing = 0.5 }),
    ]
    #expect(throws: Never.self) { try TrainingConfiguration().validate() }
    #expect(throws: Never.self) { try TrainingConfiguration.paper.validate() }
    for (word, edit) in edits {
      var configuration = TrainingConfiguration()
      edit(&configuration)
      do {
        try configuration.validate()
        Issue.record("\(word): accepted")
      } catch TrainError.invalidConfiguration(let reason) {
        #expect(reason.contains(word))
      } catch {
        Issue.record("\(word): \(error)")
      }
    }
  }
}
