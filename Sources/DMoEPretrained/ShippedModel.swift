public import DMoECore
@_exported public import DMoEModel
public import Foundation

/// A reward model that comes with the library: its bundle lies in a folder beside the program.
public enum ShippedModel: String, Sendable, CaseIterable {
  /// For SmolLM2-135M-Instruct; what it was trained on, how good it is and what it is for: Docs/ModelCard.md.
  case small = "dmoerm-small"

  /// The bundle: in the folder that the environment variable `DMOERM_MODELS` names, or beside the program, where the
  /// package manager puts it.
  ///
  /// - Throws: `ModelError.malformedBundle` if it is not there.
  public func bundle() throws -> URL {
    let name = rawValue + ".dmoerm"
    let named = ProcessInfo.processInfo.environment["DMOERM_MODELS"].flatMap { $0.isEmpty ? nil : $0 }
    // The package manager's own accessor would end the program if the folder is not there.
    let programs = [
      Bundle.main.executableURL?.resolvingSymlinksInPath(), Bundle.main.bundleURL.appendingPathComponent("x"),
    ]
    let places =
      (named.map { [URL(fileURLWithPath: $0, isDirectory: true)] } ?? [])
      + programs.compactMap {
        $0?.deletingLastPathComponent().appendingPathComponent("DMoERM_DMoEPretrained.resources", isDirectory: true)
      }
    let bundles = places.map { $0.appendingPathComponent(name, isDirectory: true) }
    guard let found = bundles.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw ModelError.malformedBundle(
        path: bundles.first?.path ?? name,
        reason: "it is not there; the folder DMoERM_DMoEPretrained.resources belongs beside the program")
    }
    return found
  }
}

extension RewardModel {
  /// Reads a model that comes with the library.
  ///
  /// ```swift
  /// let model = try RewardModel(named: "dmoerm-small", backbone: backboneURL)
  /// print(try model.scores(prompt: "Why is the sky blue?", responses: responses))
  /// ```
  ///
  /// - Parameters:
  ///   - name: Such as "dmoerm-small" (`ShippedModel`).
  ///   - backbone: As for `init(contentsOf:backbone:options:goldens:checks:)`; `Scripts/fetch-backbone` fetches the one it needs.
  /// - Throws: `ModelError.unknownModel`; what reading a bundle throws.
  public init(
    named name: String, backbone: URL? = nil, options: ComputeOptions = ComputeOptions(),
    goldens: GoldenCheck = .shortest, checks: StartChecks = .remembered
  ) throws {
    guard let model = ShippedModel(rawValue: name) else {
      throw ModelError.unknownModel(name, known: ShippedModel.allCases.map(\.rawValue))
    }
    try self.init(
      contentsOf: try model.bundle(), backbone: backbone, options: options, goldens: goldens, checks: checks)
  }
}
