import CDMoEKernels
import Draws
import Foundation

@testable import DMoECore
@testable import DMoEData
@testable import DMoEModel

/// Random models, texts and ways to score them: the same response has the same reward alone, among others, in another order, on
/// other threads and on the plain-Swift backend.
enum Answers {
  /// A way in which weights are kept and rows multiplied, and how far rewards may be apart by it, in units of max(1, |reward|).
  private struct Precision {
    let name: String
    let weights: WeightPrecision
    let activations: ActivationPrecision
    let tolerance: Double
  }

  private static let precisions = [
    Precision(name: "float32", weights: .float32, activations: .automatic, tolerance: 1e-4),
    Precision(name: "stored, float32", weights: .stored, activations: .float32, tolerance: 1e-4),
    Precision(name: "stored, bytes", weights: .stored, activations: .int8, tolerance: 5e-2),
    Precision(name: "bfloat16", weights: .bfloat16, activations: .automatic, tolerance: 5e-2),
  ]

  /// Multiplies weights as they are stored by the kernels of a level, by its name; ends the process if it does not run here.
  static func take(_ name: String) {
    let levels = [DMOE_STORED_PLAIN, DMOE_STORED_AVX2, DMOE_STORED_AVX512_VNNI, DMOE_STORED_AMX]
    guard let level = levels.first(where: { dmoe_stored_level_name($0).map { String(cString: $0) } == name }),
      dmoe_stored_set_level(level)
    else { fatalError("there are no kernels \(name) here") }
  }

  /// Compares until the time is over; prints a line a precision, and ends the process at a reward that is another one.
  ///
  /// - Parameters:
  ///   - seconds: For all precisions together; each has a model at least.
  ///   - fixtures: The folder of the tests' models.
  ///   - seed: Of the only model and its texts; nil draws as many as there is time for.
  static func check(seconds: Double, fixtures: URL, seed: UInt64?) throws {
    let files = ["llama/llama.f32.gguf", "llama/llama.q8_0.gguf", "qwen2/qwen2.f32.gguf", "llama", "qwen2"]
      .map { fixtures.appendingPathComponent($0) }
    for precision in precisions {
      let end = Date().addingTimeInterval(seconds / Double(precisions.count))
      var found = Found()
      repeat {
        try compare(files, precision, seed: seed ?? .random(in: 0...UInt64.max), &found)
      } while seed == nil && Date() < end
      print(
        "answers: \(precision.name): \(found.count) comparisons, \(found.exact) of the same bits, worst difference "
          + "\(found.worst), \(found.undecided) of \(found.routed) routed otherwise")
    }
  }

  /// What comparisons of one precision gave.
  private struct Found {
    var count = 0
    /// Of the same bits.
    var exact = 0
    var worst = 0.0
    /// Conversations that another way has routed, and those of them whose category is another one: two are equally likely but for
    /// rounding.
    var routed = 0
    var undecided = 0
  }

  private static func compare(
    _ files: [URL], _ precision: Precision, seed: UInt64, _ result: inout Found
  ) throws {
    func options(_ backend: ComputeBackend, _ threads: Int) -> ComputeOptions {
      ComputeOptions(
        backend: backend, threads: threads, precision: precision.weights, activations: precision.activations)
    }
    var random = Draws(seed: seed)
    let file = random.element(of: files)
    var configuration = RewardModel.Configuration(
      taxonomy: random.below(2) == 0
        ? .single
        : try Taxonomy([
          TaskCategory(id: "chat", points: [CapabilityPoint(id: "empathy"), CapabilityPoint(id: "style")]),
          TaskCategory(id: "other"),
        ]),
      base: LoRAConfiguration(rank: 1 + random.below(3), dropout: 0),
      expert: LoRAConfiguration(rank: 1 + random.below(3), dropout: 0), maximumTokens: 128)
    configuration.pooling = random.element(of: StatePooling.allCases)
    if random.below(2) == 0 { configuration.lowerDepths = [1] }
    let weights = random.next() >> 1
    func model(_ backend: ComputeBackend, _ threads: Int) throws -> RewardModel {
      let backbone = try Backbone(contentsOf: file, options: options(backend, threads))
      return try RewardModel.randomized(
        configuration: configuration, backbone: backbone, seed: weights, options: options(backend, threads))
    }
    let what = "\(file.lastPathComponent), \(precision.name), seed \(seed),"
    let plain = try model(.reference, 1)
    let computes: [(backend: ComputeBackend, threads: Int)] = [
      (.automatic, 1), (.automatic, 2), (.reference, 2), (.automatic, 3),
    ]
    let others = try [("plain", plain)] + computes.map { ("\($0), \($1) threads", try model($0, $1)) }
    for _ in 0..<4 {
      let prompt = try Conversation(prompt: text(&random))
      let responses = (0..<1 + random.below(9)).map { _ in text(&random) }
      let expected = try responses.map { try plain.scores([$0], to: prompt)[0] }
      let route = try plain.route(prompt)
      for (name, other) in others {
        let own = try other.route(prompt)
        for (found, probability) in zip(own.probabilities, route.probabilities)
        where Double(abs(found - probability)) > precision.tolerance {
          fatalError("\(what) by \(name): categories \(own.probabilities) in place of \(route.probabilities)")
        }
        result.routed += 1
        result.undecided += own.category == route.category ? 0 : 1
        // The experts of another category have other rewards.
        let category = own.category == route.category ? nil : route.category
        let alone = try responses.map { try other.scores([$0], to: prompt, category: category)[0] }
        let together = try other.scores(responses, to: prompt, category: category)
        let reversed = try other.scores(Array(responses.reversed()), to: prompt, category: category)
        for (index, reward) in expected.enumerated() {
          let ways = [
            ("alone", alone[index]), ("among others", together[index]),
            ("in another order", reversed[responses.count - 1 - index]),
          ]
          for (way, found) in ways {
            let difference = Double(abs(found - reward)) / Double(max(1, abs(reward)))
            guard difference <= precision.tolerance else {
              fatalError("\(what) by \(name): \(found) in place of \(reward) \(way)")
            }
            result.count += 1
            result.exact += found == reward ? 1 : 0
            result.worst = max(result.worst, difference)
          }
        }
      }
    }
  }

  private static func text(_ random: inout Draws) -> String {
    let words = ["the", " sky", " is", " blue", ".", "\n", " 12", "é", " because", " why?", "!", "  ", "no", " light"]
    return (0..<1 + random.below(12)).map { _ in random.element(of: words) }.joined() + "x"
  }
}
