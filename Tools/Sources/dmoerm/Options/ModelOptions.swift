import ArgumentParser
import DMoEPretrained
@_spi(Command) import DMoERM
import Foundation

/// Which bundle, over which backbone.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp(
      "The bundle, a folder such as my.dmoerm, or the name of a model that comes with the command.", valueName: "bundle"
    ), transform: pathWord)
  var model = ShippedModel.small.rawValue
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The backbone it was trained on.",
      discussion: """
        Default: $DMOERM_BACKBONE, then a file of the recorded name beside the bundle, then the one that \
        Scripts/fetch-backbone fetches.
        """, valueName: "path"), transform: pathWord)
  var backbone: String?
  @Flag(name: .customLong("check"), help: CheckHelp.text) var checksAnew = false
  @OptionGroup var experts: CombinationOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      What is done where the router's first category is less than P probable: top1, mixture:P, fallback:P or \
      fallback:P:NAME, as in `dmoerm train`.
      """, discussion: "Default: as the bundle says.", valueName: "rule"))
  var routing: RoutingWord?
  @OptionGroup var compute: ComputeArguments

  /// What counts of what an earlier start found out about the files.
  var checks: StartChecks { checksAnew ? .anew : .remembered }

  /// Looks for the bundle, and for a backbone that is named, before anything that takes long.
  ///
  /// - Throws: `Failure` for what is not there.
  func check() throws {
    _ = try Self.bundle(model)
    if let backbone { _ = try BackboneLocation.find(backbone) }
  }

  func load() throws -> RewardModel {
    let (bundle, backbone) = (try Self.bundle(self.model), try backbone.map { try BackboneLocation.find($0) })
    let whole = try Working.reading {
      try RewardModel(contentsOf: bundle, backbone: backbone, options: compute.options, checks: checks, progress: $0)
    }
    let combined = try experts.rule.map { try whole.combining(by: $0, option: "--combine", name: self.model) } ?? whole
    guard let policy = routing?.policy else { return combined }
    do { return try combined.routing(by: policy) } catch let error as ModelError {
      throw Failure("--routing, \(self.model): \(error)", status: .usage)
    }
  }

  /// A bundle by its folder, or by the name of a model that comes with the command.
  static func bundle(_ name: String) throws -> URL {
    if FileManager.default.fileExists(atPath: name) { return URL(fileURLWithPath: name, isDirectory: true) }
    guard let shipped = ShippedModel(rawValue: name) else {
      let known = ShippedModel.allCases.map(\.rawValue).joined(separator: ", ")
      throw Failure(
        "\(name): there is no such bundle",
        hint: "`dmoerm train` makes one; so does `dmoerm demo`. By name there is \(known).", status: .badInput)
    }
    return try shipped.bundle()
  }
}

/// What --check means wherever a backbone is read.
enum CheckHelp {
  static let text: ArgumentHelp = """
    Hash the backbone and score the bundle's golden texts again, even where an earlier start did so with the same files.
    """
}
