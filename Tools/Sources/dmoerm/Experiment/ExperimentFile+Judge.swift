import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

extension ExperimentFile {
  /// Whether the judge says the gold of best of n, so that its rows need none.
  var judgesBestOfN: Bool { judge.map { $0.parts?.contains(GoldJudge.Part.bestOfN.rawValue) ?? true } ?? false }

  /// The judge, whose paths are looked at before anything is read.
  ///
  /// - Parameters:
  ///   - path: The plan's file.
  ///   - folder: What paths are relative to.
  /// - Throws: `Failure`.
  func goldJudge(path: String, in folder: URL) throws -> GoldJudge? {
    guard let judge else { return nil }
    func failure(_ reason: String) -> Failure { Failure("\(path): judge: \(reason)", status: .usage) }
    let parts = try (judge.parts ?? [GoldJudge.Part.bestOfN.rawValue]).map { word in
      guard let part = GoldJudge.Part(rawValue: word) else {
        let known = GoldJudge.Part.allCases.map(\.rawValue).joined(separator: ", ")
        throw failure("there is no part \(word); there are \(known)")
      }
      return part
    }
    guard !parts.isEmpty else { throw failure("parts is empty: it has nothing to judge") }
    guard !parts.contains(.bestOfN) || data.bestOfN != nil else {
      throw failure(
        "it says the gold of best of n, and data.bestOfN names no file of prompts; \"parts\" says what else")
    }
    func place(_ name: String) -> String { URL(fileURLWithPath: name, relativeTo: folder).path }
    // A bundle beside the data, or one that comes with the command.
    let own = place(judge.model)
    let bundle = try ModelOptions.bundle(FileManager.default.fileExists(atPath: own) ? own : judge.model)
    return GoldJudge(
      bundle: bundle, backbone: try judge.backbone.map { try BackboneLocation.find(place($0)) }, parts: Set(parts))
  }
}
