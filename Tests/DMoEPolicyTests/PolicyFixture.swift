import DMoECore
import DMoEModel
import Foundation
import _TestSupport

@testable import DMoEPolicy

/// The tiny models of DMoEModelTests, and what transformers and peft write with them (Scripts/fixtures/make_generations.py).
enum PolicyFixture {
  static let models = FixtureFolder(of: "DMoEModelTests", "models")
  static let folder = FixtureFolder(.module, "generation")

  /// A text that transformers wrote, always with the likeliest token.
  struct Text: Decodable {
    var prompt: [Int32]
    var ids: [Int32]
    var logProbabilities: [Double]
    var entropies: [Double]
  }

  struct Greedy: Decodable, Sendable, CustomStringConvertible {
    var backbone: String
    var adapter: String?
    var texts: [Text]

    var description: String { [backbone, adapter].compactMap { $0 }.joined(separator: "/") }
  }

  static let greedy: [Greedy] = {
    do { return try folder.decode([Greedy].self, "greedy.json") } catch { preconditionFailure("greedy.json: \(error)") }
  }()

  /// What transformers' warpers leave of one row of logits.
  struct Distributions: Decodable {
    struct Row: Decodable {
      struct Settings: Decodable {
        var temperature: Float?
        var top_k: Int?
        var top_p: Float?
        var min_p: Float?
        var repetition_penalty: Float?

        var sampling: Sampling {
          Sampling(
            temperature: temperature ?? 1, topK: top_k, topP: top_p, minP: min_p,
            repetitionPenalty: repetition_penalty ?? 1)
        }
      }
      var settings: Settings
      var probabilities: [Double]
    }
    var logits: [Float]
    var seen: [Int32]
    var rows: [Row]
  }

  static func distributions() throws -> Distributions { try folder.decode(Distributions.self, "distributions.json") }

  static func options(_ compute: Compute) -> ComputeOptions {
    ComputeOptions(backend: compute.backend == .openBLAS ? .openBLAS : .reference, threads: compute.threads)
  }

  static func model(
    _ name: String, adapter: String? = nil, on options: ComputeOptions = options(.reference)
  ) throws -> LanguageModel {
    var model = try LanguageModel(contentsOf: models.url(name), options: options)
    if let adapter { try model.readAdapter(contentsOf: models.url("\(name)/\(adapter)")) }
    return model
  }

  /// Nothing ends a text but its length, as in the fixtures.
  static func greedyOptions(_ count: Int) -> GenerationOptions {
    GenerationOptions(maximumTokens: count, sampling: .greedy, stopTokens: [])
  }
}
