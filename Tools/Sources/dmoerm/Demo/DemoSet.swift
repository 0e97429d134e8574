import DMoERM
import Foundation

/// The preferences that come with the command, divided by prompt.
struct DemoSet {
  var training: [RankedResponses]
  var heldOut: [RankedResponses]

  static let fileName = "demo-preferences.jsonl"

  init(taxonomy: Taxonomy, heldOutFraction: Double, seed: UInt64) throws {
    let file = DataFile(try Self.file().path)
    let samples = try file.samples(ReadingOptions(taxonomy: taxonomy)).samples
    let parts = try DatasetSplit(fractions: [1 - heldOutFraction, heldOutFraction], seed: seed).parts(of: samples)
    training = parts[0]
    heldOut = parts[1]
  }

  /// Overall preferences: one a prompt.
  static func overall(_ samples: [RankedResponses]) -> [RankedResponses] { samples.filter { $0.capability == nil } }

  /// The file beside the program; the package manager's own accessor would end the program if it is not there.
  private static func file() throws -> URL {
    let programs = [
      Bundle.main.executableURL?.resolvingSymlinksInPath(), Bundle.main.bundleURL.appendingPathComponent("x"),
    ]
    let places = programs.compactMap { program in
      program?.deletingLastPathComponent().appendingPathComponent("DMoERMTools_dmoerm.resources/\(fileName)")
    }
    guard let found = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw Failure(
        "the demo set is not beside the program: \(places.first?.path ?? fileName)",
        hint:
          "Copy the folder DMoERMTools_dmoerm.resources together with dmoerm; `make run` does the demo from a clone.")
    }
    return found
  }
}
