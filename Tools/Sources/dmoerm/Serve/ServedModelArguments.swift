import ArgumentParser
import DMoEPretrained
@_spi(Command) import DMoERM
import DMoEServe
import Foundation

/// Which models are served, and where their arithmetic runs.
struct ServedModelArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The bundle, or the name of a model that comes with the command. Default: \(ShippedModel.small.rawValue).",
      valueName: "bundle"), transform: pathWord)
  var bundle: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A model by the name that clients call it by; may be given several times. The first answers who names none.",
      valueName: "name=bundle"), transform: pathWord)
  var model: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The backbone of models that lie over one.", discussion: "Default: as `dmoerm score` finds it.", valueName: "path"
    ),
    transform: pathWord)
  var backbone: String?
  @OptionGroup var compute: ComputeArguments

  func validate() throws {
    for word in model where !word.contains("=") || word.hasPrefix("=") || word.hasSuffix("=") {
      throw ValidationError("--model takes NAME=BUNDLE, such as --model judge=my.dmoerm, not \(word)")
    }
  }

  /// The models by their names, in the order in which they were given.
  ///
  /// - Throws: `Failure` for a bundle or backbone that is not there.
  func sources() throws -> [ModelSource] {
    var named = model.compactMap { word -> (name: String, bundle: String)? in
      guard let split = word.firstIndex(of: "=") else { return nil }
      return (String(word[..<split]), String(word[word.index(after: split)...]))
    }
    if let bundle { named.insert((Self.name(of: bundle), bundle), at: 0) }
    if named.isEmpty { named = [(ShippedModel.small.rawValue, ShippedModel.small.rawValue)] }
    let backbone = try backbone.map { try BackboneLocation.find($0) }
    let options = compute.options
    return try named.map { name, path in
      let bundle = try ModelOptions.bundle(path)
      return ModelSource(name: name, bundle: bundle) { loaded in
        for loaded in loaded {
          do { return try RewardModel(contentsOf: bundle, backbone: loaded, options: options) } catch ModelError
            .backboneMismatch
          { continue }
        }
        return try Working.reading {
          try RewardModel(contentsOf: bundle, backbone: backbone, options: options, progress: $0)
        }
      }
    }
  }

  /// `runs/my.dmoerm` is called `my`; a name that says nothing is kept.
  private static func name(of bundle: String) -> String {
    let last = URL(fileURLWithPath: bundle).lastPathComponent
    let name = last.hasSuffix(".dmoerm") ? String(last.dropLast(".dmoerm".count)) : last
    return name.isEmpty ? last : name
  }
}
