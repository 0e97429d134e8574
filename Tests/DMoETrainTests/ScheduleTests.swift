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
    let phase = PhaseTraining(learningRate: run.rate, epochs: 1) { $0.warmUp = 0.3 }
    expectClose(
      run.factors.indices.map { phase.rate(step: $0, of: 10) }, run.factors.map { $0 * run.rate }, 1e-12)
  }

  @Test func aConstantRateStaysAfterWarmUp() {
    let phase = PhaseTraining(learningRate: 2, epochs: 1) {
      $0.schedule = .constant
      $0.warmUp = 0.2
    }
    #expect((0..<10).map { phase.rate(step: $0, of: 10) } == [1, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    let upstream = TrainingConfiguration.paper.expert
    #expect((0..<1000).allSatisfy { upstream.rate(step: $0, of: 1000) == 5e-5 })
  }

  @Test func plannedStepsCoverTheEpochsAndStopAtTheMaximum() {
    #expect(PhaseTraining(learningRate: 1, epochs: 2).plannedSteps(samples: 9) == 3)
    #expect(PhaseTraining(learningRate: 1, epochs: 0.5).plannedSteps(samples: 8) == 1)
    let short = PhaseTraining(learningRate: 1, epochs: 9) {
      $0.batchSize = 1
      $0.maximumSteps = 4
    }
    #expect(short.plannedSteps(samples: 9) == 4)
    #expect(PhaseTraining(learningRate: 1, epochs: 0).plannedSteps(samples: 9) == 0)
  }

  /// 12 samples in batches of 16 are 3 steps of 12 in 3 epochs, not 36 / 16 steps that take four samples twice.
  @Test func aBatchIsNeverLargerThanItsSamples() {
    let phase = PhaseTraining(learningRate: 1, epochs: 3) { $0.batchSize = 16 }
    #expect([1, 12, 15, 16, 17, 40].map { phase.batchSize(samples: $0) } == [1, 12, 15, 16, 16, 16])
    #expect(phase.plannedSteps(samples: 12) == 3 && phase.plannedSteps(samples: 17) == 4)
    let huge = PhaseTraining(learningRate: 1, epochs: 2) { $0.batchSize = 1 << 20 }
    #expect(huge.plannedSteps(samples: 12) == 2)
    #expect(phase.plannedSteps(samples: 0) == 0)
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
    let edits: [(String, (inout TrainingConfiguration) -> Void)] =
      [
        ("baseFraction", { $0.data.baseFraction = 1.5 }), ("validationFraction", { $0.data.validationFraction = 1 }),
        ("ridge", { $0.start.ridges = [0] }), ("rowsPerPass", { $0.memory.rowsPerPass = 0 }),
        ("trunkCacheBytes", { $0.memory.trunkCacheBytes = -1 }), ("checkpointInterval", { $0.checkpointInterval = 0 }),
        ("minimumSamples", { $0.data.minimumSamples = 0 }),
        ("minimumProbability", { $0.data.unlabeled = .route(minimumProbability: 2) }),
        ("learningRate", { $0.base.learningRate = -1 }), ("batchSize", { $0.expert.batchSize = 0 }),
        ("warmUp", { $0.aggregator.warmUp = 2 }), ("router.phase.beta2", { $0.router.phase.beta2 = 1 }),
        ("loss.labelSmoothing", { $0.loss.labelSmoothing = 0.5 }),
      ] + unusableNumbers
    #expect(throws: Never.self) { try TrainingConfiguration().validate() }
    #expect(throws: Never.self) { try TrainingConfiguration.paper.validate() }
    for (word, edit) in edits {
      var configuration = TrainingConfiguration()
      edit(&configuration)
      do {
        try configuration.validate()
        Issue.record("\(word): accepted")
      } catch TrainError.invalidSetting(let path, _) {
        #expect(path.contains(word), "\(path)")
      } catch {
        Issue.record("\(word): \(error)")
      }
    }
  }

  /// Every setting that is a fraction or a rate with what is no number, and every count with what is none.
  private var unusableNumbers: [(String, (inout TrainingConfiguration) -> Void)] {
    let reals: [(String, WritableKeyPath<PhaseTraining, Double>)] = [
      ("learningRate", \.learningRate), ("epochs", \.epochs), ("warmUp", \.warmUp), ("beta1", \.beta1),
      ("beta2", \.beta2), ("epsilon", \.epsilon), ("weightDecay", \.weightDecay),
    ]
    let whole: [(String, WritableKeyPath<TrainingConfiguration, Double>)] = [
      ("data.baseFraction", \.data.baseFraction), ("data.validationFraction", \.data.validationFraction),
      ("marginScale", \.loss.marginScale), ("labelSmoothing", \.loss.labelSmoothing), ("centering", \.loss.centering),
    ]
    let bad = [Double.nan, .infinity, -.infinity, -1]
    var result: [(String, (inout TrainingConfiguration) -> Void)] = []
    for value in bad {
      for phase in [\TrainingConfiguration.base, \.expert, \.aggregator, \.router.phase] {
        result += reals.map { name, path in (name, { $0[keyPath: phase][keyPath: path] = value }) }
        result.append(("clipNorm", { $0[keyPath: phase].clipNorm = value }))
      }
      result += whole.map { name, path in (name, { $0[keyPath: path] = value }) }
      result += [
        ("ridge", { $0.start.ridges = [1, value] }), ("ridge", { $0.router.ridges = [value] }),
        ("minimumProbability", { $0.data.unlabeled = .route(minimumProbability: Float(value)) }),
        ("batchSum", { $0.regularization = Regularization(batchSum: value) }),
        ("rate", { $0.regularization = Regularization(headDropout: .init(rate: Float(value))) }),
        ("weight", { $0.regularization = Regularization(languageModeling: .init(weight: value)) }),
      ]
    }
    for count in [0, -1, Int.min] {
      result += [
        ("batchSize", { $0.base.batchSize = count }), ("validationInterval", { $0.base.validationInterval = count }),
        ("patience", { $0.expert.patience = count }), ("checkpointInterval", { $0.checkpointInterval = count }),
        ("masks", { $0.regularization = Regularization(headDropout: .init(masks: count)) }),
        ("tokens", { $0.regularization = Regularization(languageModeling: .init(tokens: count)) }),
      ]
    }
    result += [
      ("batchSize", { $0.base.batchSize = 1_000_000_000_000 }), ("epochs", { $0.base.epochs = 1e12 }),
      ("masks", { $0.regularization = Regularization(headDropout: .init(masks: 1_000_000_000_000)) }),
      ("maximumSteps", { $0.base.maximumSteps = -1 }),
    ]
    return result
  }
}
