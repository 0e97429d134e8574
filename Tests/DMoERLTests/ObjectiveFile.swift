import Foundation
import _TestSupport

@testable import DMoERL

/// What `Scripts/fixtures/make_rl.py` writes: inputs, and values and gradients by torch in double precision.
struct ObjectiveFile: Decodable {
  struct Objectives: Decodable {
    let cutOff: Int
    let advantages: [Double]
    let inputs: [String: [[Float]]]
    let cases: [Case]
  }
  struct Case: Decodable {
    let name: String
    let options: Options
    let value: Double
    let gradients: [String: [[Double]]]
  }
  struct Options: Decodable {
    let kl: KLEstimator?
    let coefficient: Double?
    let aggregation: Aggregation?
    let ratio: PolicyObjective.Ratio?
    let clipLow: Double?
    let clipHigh: Double?
    let dualClip: Double?
    let entropyBonus: Double?
    let masksTruncated: Bool?
    let abstained: Int?
  }
  /// "tokenMean", or the length that a constant-length mean divides by.
  struct Aggregation: Decodable {
    let value: PolicyObjective.Aggregation

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let length = try? container.decode(Int.self) { value = .constantLength(length) } else { value = .tokenMean }
    }
  }
  struct Values: Decodable {
    struct Outcome: Decodable {
      let value: Double
      let gradients: [Double]
    }
    let values: [Float]
    let old: [Float]
    let returns: [Double]
    let clipped: Outcome
    let free: Outcome
  }
  struct Generalized: Decodable {
    struct Case: Decodable {
      let discount: Double
      let lambda: Double
      let advantages: [Double]
    }
    let rewards: [Double]
    let values: [Double]
    let cases: [Case]
  }
  struct Advantages: Decodable {
    let rewards: [[Float]]
    let cases: [String: [[Double?]]]
  }
  let objectives: Objectives
  let values: Values
  let generalized: Generalized
  let advantages: Advantages

  static func read() throws -> ObjectiveFile {
    try FixtureFolder(.module).decode(ObjectiveFile.self, "objectives.json")
  }
}

extension ObjectiveFile.Options {
  var objective: PolicyObjective {
    PolicyObjective {
      $0.kl = kl.map { estimator in
        KLPenalty {
          $0.estimator = estimator
          $0.coefficient = coefficient ?? $0.coefficient
        }
      }
      $0.aggregation = aggregation?.value ?? $0.aggregation
      $0.ratio = ratio ?? $0.ratio
      $0.clipLow = clipLow ?? $0.clipLow
      $0.clipHigh = clipHigh ?? $0.clipHigh
      $0.dualClip = dualClip
      $0.entropyBonus = entropyBonus ?? $0.entropyBonus
      $0.masksTruncated = masksTruncated ?? $0.masksTruncated
    }
  }
}

extension ObjectiveFile.Objectives {
  /// The completions of a case.
  func completions(_ options: ObjectiveFile.Options) throws -> [ScoredCompletion] {
    func input(_ name: String) throws -> [[Float]] {
      guard let found = inputs[name] else { throw CocoaError(.fileReadCorruptFile) }
      return found
    }
    let (new, old, reference) = (try input("new"), try input("old"), try input("reference"))
    let (exact, entropy) = (try input("exact"), try input("entropy"))
    return new.indices.map { index in
      var completion = ScoredCompletion(
        logProbabilities: new[index], oldLogProbabilities: old[index],
        advantage: options.abstained == index ? nil : advantages[index])
      completion.referenceLogProbabilities = reference[index]
      completion.divergences = exact[index]
      completion.entropies = entropy[index]
      completion.isTruncated = index == cutOff
      return completion
    }
  }
}
