import DMoECore
import Foundation
import Synchronization
import Testing
import _TestSupport

@testable import DMoETrain

/// One parameter, pulled down by a constant gradient; validation says what the test wants of each step.
private struct StubTask: GradientTask {
  let name = "base/chat"
  var parameter = Parameter(Matrix(row: [10]))
  /// Loss and accuracy by validation.
  let script: Script
  var gradient: Float = 1
  let sampleCount = 4
  var validationCount = 1

  final class Script {
    var values: [(loss: Double, accuracy: Double)]
    init(_ values: [(Double, Double)]) { self.values = values }
  }

  mutating func visitParameters(_ body: (String, inout Parameter) -> Void) { body("x", &parameter) }
  func weight(of sample: Int) -> Double { 1 }
  func passes(_ samples: [Int]) -> [[Int]] { samples.map { [$0] } }

  func gradients(_ pass: GradientPass) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    var result = PassResult()
    result.loss = 1
    result.weight = 1
    return (result, [parameter.id: Matrix(row: [gradient / Float(pass.totalWeight)])])
  }

  func validate() throws -> PassResult {
    let (loss, accuracy) = script.values.removeFirst()
    var result = PassResult()
    (result.loss, result.weight) = (loss, 1)
    (result.correct, result.pairs) = (accuracy * 100, 100)
    return result
  }
}

@Suite struct TrainerTests {
  private func run(
    _ values: [(Double, Double)], selection: TrainingConfiguration.Selection = .validationLoss, patience: Int? = nil,
    steps: Int = 4, clock: TrainingClock = .machine, edit: (inout StubTask) -> Void = { _ in }
  ) throws -> (outcome: Trainer.Outcome, value: Float, events: [Trainer.Event]) {
    var task = StubTask(script: .init(values))
    edit(&task)
    let settings = PhaseTraining(learningRate: 1, epochs: 100) {
      $0.batchSize = 2
      $0.schedule = .constant
      $0.warmUp = 0
      $0.weightDecay = 0
      $0.clipNorm = nil
      $0.validationInterval = 1
      $0.patience = patience
      $0.maximumSteps = steps
    }
    var events: [Trainer.Event] = []
    let outcome = try withTemporaryFolder { folder in
      try Trainer(
        settings: settings, selection: selection, seed: 1, checkpointInterval: 1, compute: .reference, clock: clock
      ).run(
        &task, checkpoint: CheckpointFile(url: folder.appendingPathComponent("c"), owner: task.name)
      ) { events.append($0) }
    }
    return (outcome, task.parameter.value[0, 0], events)
  }

  /// Adam's steps under a constant gradient are the learning rate: after step s the parameter is 10 - s.
  @Test func theBestStateIsKeptNotTheLast() throws {
    let byLoss = try run([(5, 0.5), (3, 0.9), (2, 0.6), (4, 0.6), (6, 0.6)])
    #expect(byLoss.outcome.bestStep == 2 && byLoss.outcome.steps == 4)
    #expect(abs(byLoss.value - 8) < 1e-4)
    let byAccuracy = try run([(5, 0.5), (3, 0.9), (2, 0.6), (4, 0.6), (6, 0.6)], selection: .validationAccuracy)
    #expect(byAccuracy.outcome.bestStep == 1)
    #expect(abs(byAccuracy.value - 9) < 1e-4)
    #expect(byAccuracy.events.validations.map(\.isBest) == [true, true, false, false, false])
  }

  @Test func theStartIsKeptWhereTrainingOnlyHarms() throws {
    let result = try run([(1, 0.5), (2, 0.5), (3, 0.5), (3, 0.5), (3, 0.5)])
    #expect(result.outcome.bestStep == 0 && result.value == 10)
  }

  @Test func patienceCountsValidationsWithoutAGain() throws {
    let values: [(Double, Double)] = [(5, 0.5), (3, 0.5), (4, 0.5), (4, 0.5), (1, 0.5), (9, 0.5), (9, 0.5), (9, 0.5)]
    let stopped = try run(values, patience: 2, steps: 7)
    #expect(stopped.outcome.stoppedEarly && stopped.outcome.steps == 3 && stopped.outcome.bestStep == 1)
    let patient = try run(values, patience: 3, steps: 7)
    #expect(patient.outcome.steps == 7 && patient.outcome.bestStep == 4)
  }

  @Test func theLastStateIsKeptWithoutValidation() throws {
    let result = try run([]) { $0.validationCount = 0 }
    #expect(result.outcome.bestStep == 4 && result.outcome.best == nil)
    #expect(abs(result.value - 6) < 1e-4)
  }

  /// Every reading of the clock is a second later than the last.
  @Test func stepsAreTimedByTheClockThatIsPassedIn() throws {
    let readings = Mutex(0)
    let clock = TrainingClock {
      readings.withLock {
        $0 += 1
        return .seconds($0)
      }
    }
    let steps = try run([(1, 0.5), (1, 0.5), (1, 0.5)], steps: 2, clock: clock).events.steps
    #expect(steps.map(\.seconds) == [1, 1] && steps.map(\.number) == [1, 2])
    #expect(readings.withLock { $0 } == 4, "nothing else is timed")
  }

  @Test func aGradientThatIsNotFiniteNamesItsStepAndChangesNothing() {
    #expect(throws: TrainError.diverged(phase: "base/chat", step: 1)) {
      _ = try run([(1, 0.5)]) { $0.gradient = .infinity }
    }
    #expect(throws: TrainError.diverged(phase: "base/chat", step: 2)) {
      _ = try run([(1, 0.5), (1, 0.5), (.nan, 0.5)])
    }
  }
}

extension [Trainer.Event] {
  fileprivate var validations: [TrainingState.Validation] {
    compactMap { if case .validation(let validation) = $0 { validation } else { nil } }
  }

  fileprivate var steps: [Trainer.Step] { compactMap { if case .step(let step) = $0 { step } else { nil } } }
}
