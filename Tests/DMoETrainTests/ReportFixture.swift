import DMoECore
import DMoEData
import DMoEEvaluate
import DMoEModel
import Foundation

@testable import DMoETrain

/// A made-up run with everything that a report draws.
enum ReportFixture {
  static let categories: [(id: String, points: [String])] = [
    ("roleplay", ["personality", "plot", "empathy"]), ("chitchat", ["naturalness", "humour"]), ("text", ["logic"]),
  ]

  static var phases: [TrainingPhase] {
    [.router]
      + categories.flatMap { category, points in
        [.base(category: category)] + points.map { .expert(category: category, point: $0) }
          + [.aggregator(category: category)]
      }
  }

  /// All phases from beginning to end.
  static func events(steps: Int = 120) -> [TrainingEvent] {
    var random = RandomSource(seed: 7, stream: 0)
    func noise() -> Double { Double(random.next() % 2000) / 1000 - 1 }
    var events: [TrainingEvent] = [.runStarted(phases: phases)]
    for (number, phase) in phases.enumerated() {
      if phase == .expert(category: "text", point: "logic") {
        events.append(.phaseLeftOut(phase, reason: "3 samples"))
        continue
      }
      events.append(.phaseStarted(start(phase, firstStep: 0, steps: steps)))
      var validations = [validation(phase, step: 0, loss: 0.72, accuracy: 0.49, isBest: true)]
      events.append(.validation(validations[0]))
      for step in 1...steps {
        let done = Double(step) / Double(steps)
        let loss = 0.69 - 0.2 * (1 - exp(-3 * done)) + 0.12 * noise()
        events.append(.step(self.step(phase, step, of: steps, loss: loss, noise: noise())))
        guard step % 15 == 0 else { continue }
        let value = 0.72 - 0.16 * (1 - exp(-4 * done)) + 0.05 * done * done + 0.006 * Double(number % 4)
        let best = value < (validations.map(\.loss).min() ?? 1)
        validations.append(validation(phase, step: step, loss: value, accuracy: 1.2 - value, isBest: best))
        events.append(.validation(validations[validations.count - 1]))
      }
      let kept = validations.last(where: \.isBest)
      events.append(
        .phaseFinished(
          PhaseSummary(
            phase: phase, steps: steps, bestStep: kept?.step ?? 0, stoppedEarly: number % 3 == 1, trainingSamples: 400,
            firstValidation: validations.first, bestValidation: kept, tokens: 90_000, seconds: 62.5,
            extractionError: nil)))
    }
    return events + [.runFinished(seconds: 1250)]
  }

  static func start(_ phase: TrainingPhase, firstStep: Int, steps: Int = 120) -> PhaseStart {
    PhaseStart(
      phase: phase, trainingSamples: 400, validationSamples: 70, overLengthSamples: 0, trainableParameters: 460_000,
      plannedSteps: steps, firstStep: firstStep)
  }

  static func step(_ phase: TrainingPhase, _ step: Int, of total: Int = 120, loss: Double, noise: Double = 0)
    -> StepMetrics
  {
    let done = Double(step) / Double(total)
    return StepMetrics(
      phase: phase, step: step, plannedSteps: total, epoch: 3 * done, loss: loss, accuracy: min(1, 1.2 - loss),
      margin: 0.7 - loss, meanReward: 0.1, gradientNorm: 1.2 + 0.5 * noise,
      learningRate: 5e-4 * min(1, done * 10) * 0.5 * (1 + cos(3.14159 * done)), regularization: nil,
      tokensPerSecond: 1450 + 90 * noise)
  }

  static func validation(
    _ phase: TrainingPhase, step: Int, loss: Double, accuracy: Double, isBest: Bool
  ) -> ValidationMetrics {
    ValidationMetrics(phase: phase, step: step, loss: loss, accuracy: accuracy, count: 70, isBest: isBest)
  }

  /// The lines of a `metrics.jsonl`.
  static func lines(_ events: [TrainingEvent]) throws -> String {
    try events.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) + "\n" }.joined()
  }

  /// Rewards that are right with about this probability.
  static func evaluation(skill: Double, pairs: Int = 60) throws -> RankingEvaluation {
    var random = RandomSource(seed: 3, stream: 1)
    func noise() -> Double { (0..<4).reduce(0) { sum, _ in sum + Double(random.next() % 2000) / 1000 - 1 } / 2 }
    var samples: [RankedResponses] = []
    var rewards: [[Float]] = []
    var experts: [[Float]?] = []
    for (category, points) in categories {
      for point in [nil] + points.map(Optional.init) {
        for index in 0..<(point == nil ? pairs : pairs / 3) {
          let longer = noise() > -0.2
          samples.append(
            try RankedResponses(
              id: "\(category)-\(index)", source: index % 3 == 0 ? "hh" : "mtmc",
              language: index % 2 == 0 ? "en" : "zh",
              conversation: try Conversation(prompt: "\(category) \(index)"),
              responses: [longer ? "a long response \(index)" : "yes \(index)", "medium \(index)"], ranks: [1, 2],
              category: category, capability: point))
          rewards.append([Float(skill + noise()), Float(noise())])
          experts.append(point == nil ? nil : [Float(skill * 1.2 + noise()), Float(noise())])
        }
      }
    }
    return try RankingEvaluation(samples: samples, rewards: rewards, expertRewards: experts)
  }

  static func router() throws -> RouterEvaluation {
    let names = categories.map(\.id)
    var prompts: [CategorizedPrompt] = []
    var decisions: [RoutingDecision] = []
    for (truth, name) in names.enumerated() {
      for index in 0..<40 {
        let routed = index % 9 == 0 ? (truth + 1 + index / 9 % 2) % names.count : truth
        prompts.append(try CategorizedPrompt(id: "p", conversation: "prompt", category: name))
        let probabilities = names.indices.map { $0 == routed ? 0.8 : 0.1 }
        let fields: [String: Any] = ["category": names[routed], "probabilities": probabilities]
        decisions.append(
          try JSONDecoder().decode(
            RoutingDecision.self, from: JSONSerialization.data(withJSONObject: fields)))
      }
    }
    return try RouterEvaluation(prompts: prompts, decisions: decisions, categories: names)
  }
}
