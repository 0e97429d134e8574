import ArgumentParser
@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

/// Which responses are damaged, and how.
struct PerturbationArguments: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Damage the best responses of this file by rules instead of asking judges; - reads standard input.",
      discussion: "Preferences, or rows with a prompt and one good response. May be given several times.",
      valueName: "file"), transform: pathWord)
  var perturb: [String] = []
  @Option(parsing: .unconditional, help: "Draws what rules leave to chance: the same seed gives the same labels.")
  var seed: UInt64 = 0
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Use only these rules, separated by commas; all of --list-rules if not given.", valueName: "names"))
  var rules: String?
  @Option(parsing: .unconditional, help: "Apply at most so many rules to a row, drawn for each row.") var perRow: Int?
  @Option(parsing: .unconditional, help: "What a label by damage counts for in the loss; other labels count 1.")
  var weight: Float = 1
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A JSON file with the points of rules where they differ.",
      discussion: #"{"numbers-changed": ["correctness"], "padding-added": []}: an empty list turns a rule off."#,
      valueName: "file"), transform: pathWord)
  var rulePoints: String?
  @Option(parsing: .unconditional, help: "Print so many samples of each rule, with what was changed, to read by eye.")
  var show: Int?
  @Flag(help: "Print the rules with the points that they are for.") var listRules = false

  func validate() throws {
    try Bounds.check("--per-row", perRow, 1...1000)
    try Bounds.check("--show", show, 1...1_000_000)
    guard weight.isFinite, weight > 0 else { throw ValidationError("--weight must be above 0, not \(weight)") }
    if names?.isEmpty == true { throw ValidationError("--rules names no rule") }
  }

  /// Whether nobody is asked.
  var isAsked: Bool { !perturb.isEmpty || listRules }

  /// - Parameter others: The options for judges that were typed.
  /// - Throws: `ValidationError` for an option that would have no effect.
  func check(besides others: [String]) throws {
    if isAsked, let option = others.first {
      throw ValidationError("\(option) is for judges; \(perturb.isEmpty ? "--list-rules" : "--perturb") asks none")
    }
    let own: [(name: String, isGiven: Bool)] = [
      ("--seed", seed != 0), ("--rules", rules != nil), ("--per-row", perRow != nil), ("--weight", weight != 1),
      ("--rule-points", rulePoints != nil), ("--show", show != nil),
    ]
    if !isAsked, let own = own.first(where: \.isGiven) {
      throw ValidationError("\(own.name) is for --perturb FILE; judges damage nothing")
    }
  }

  /// The labeler that the options describe.
  ///
  /// - Parameter asked: The points of `--points`; nil is all.
  func labeler(_ taxonomy: Taxonomy, asked: [String]?) throws -> PerturbationLabeler {
    let rules = try names.map(PerturbationLabeler.rules(named:)) ?? PerturbationLabeler.allRules
    var points = PerturbationPoints()
    if let rulePoints {
      try InputFile(rulePoints, option: "--rule-points").check()
      points = try PerturbationPoints(contentsOf: URL(fileURLWithPath: rulePoints))
    }
    if let asked { points = points.keeping(only: asked, of: rules, in: taxonomy) }
    return try PerturbationLabeler(
      taxonomy: taxonomy, rules: rules, points: points, rulesPerRow: perRow, weight: weight, seed: seed)
  }

  private var names: [String]? {
    rules.map { text in
      text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
  }
}
