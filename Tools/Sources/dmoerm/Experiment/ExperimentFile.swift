import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

/// What `dmoerm experiment` reads: data, settings and contenders. Paths are relative to the file.
struct ExperimentFile: Decodable, Equatable {
  struct DataPlan: Decodable, Equatable {
    /// Shares of the prompts.
    struct Split: Decodable, Equatable {
      var validation: Double
      /// None if it is not there.
      var test: Double?
      var seed: UInt64?
    }

    /// What is taken of one set.
    struct Limits: Decodable, Equatable {
      /// In place of the common `maximumCharacters`.
      var maximumCharacters: Int?
      /// In place of the common `testPairs` and the like.
      var pairs: Int?
    }

    var training: [String]
    /// Without it, `split` takes validation and test samples from those for training.
    var validation: [String]?
    var split: Split?
    /// Sets to measure with, by name.
    var tests: [String: [String]]?
    /// Prompts with categories.
    var prompts: [String]?
    var routerTest: [String]?
    var bestOfN: String?
    /// Sources that are left out of training (and of nothing else).
    var excludedSources: [String]?
    /// If given, only these sources train.
    var onlySources: [String]?
    /// Samples whose prompt and longest response have more characters are left out, and longer prompts for routers; Chinese
    /// ones count 2.5. Best of n has a limit of its own alone.
    var maximumCharacters: Int?
    /// Limits of single sets, by the name of a test, or the key of another set, such as "training" or "routerTest".
    var limits: [String: Limits]?
    /// At most so many, whole prompts, in an order that their hash decides.
    var trainingPairs: Int?
    var trainingLabels: Int?
    var validationPairs: Int?
    var testPairs: Int?
    var bestOfNPrompts: Int?
    /// Points with fewer training labels are none.
    var minimumPointLabels: Int?
    var skipInvalid: Bool?
  }

  struct Contender: Decodable, Equatable {
    struct Noise: Decodable, Equatable {
      var share: Double
      var annotators: Int?
      var seed: UInt64?
    }

    var name: String
    var structure: String?
    /// A finished bundle, relative to the data, or the name of one that comes with the command; measured as it is.
    var bundle: String?
    var seeds: [UInt64]?
    var settings: SettingsJSON?
    var noise: Noise?

    /// The name as an identifier.
    func id(_ failure: (String) -> Failure) throws -> ContenderID {
      do { return try ContenderID(name) } catch { throw failure("\(error)") }
    }
  }

  /// A reward model that judges.
  struct Judge: Decodable, Equatable {
    /// A bundle, or the name of one that comes with the command.
    var model: String
    var backbone: String?
    /// What it judges; best of n alone if it is not there.
    var parts: [String]?
  }

  var title: String?
  var data: DataPlan
  var judge: Judge?
  /// As `dmoerm train --config` reads them; for all contenders.
  var settings: SettingsJSON?
  /// As `dmoerm train --template` names it; for all contenders.
  var template: String?
  var seeds: [UInt64]?
  var contenders: [Contender]

  /// There are files for validation or a share of the training samples, and not both.
  private func checkValidation(_ failure: (String) -> Failure) throws {
    switch (data.validation, data.split) {
    case (nil, nil): throw failure("the experiment names neither validation files nor a split")
    case (_?, _?): throw failure("the experiment names validation files and a split")
    case (_, let split?):
      let test = split.test ?? 0
      guard split.validation > 0, test >= 0, split.validation + test < 1 else {
        throw failure("split: the shares of validation (above 0) and test (0 or more) must leave some for training")
      }
    default: break
    }
  }

  /// Limits are those of a set that there is.
  private func checkLimits(_ failure: (String) -> Failure) throws {
    let tests = (data.tests ?? [:]).keys + (data.split?.test == nil ? [] : ["test"])
    let texts = [
      ("prompts", data.prompts != nil), ("routerTest", data.routerTest != nil), ("bestOfN", data.bestOfN != nil),
    ].filter(\.1).map(\.0)
    let names = ["training", "validation"] + texts + tests.sorted()
    for (name, limits) in (data.limits ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard names.contains(name) else {
        throw failure("data.limits: there is no set \(name); there are \(names.joined(separator: ", "))")
      }
      guard limits.pairs == nil || !texts.contains(name) || tests.contains(name) else {
        throw failure("data.limits.\(name).pairs: there are no pairs in it")
      }
      for case (let key, let count?) in [("maximumCharacters", limits.maximumCharacters), ("pairs", limits.pairs)]
      where count < 1 {
        throw failure("data.limits.\(name).\(key) is \(count); it has to be 1 or more")
      }
    }
  }

  /// The contenders with all their settings.
  ///
  /// - Parameters:
  ///   - path: The plan's file.
  ///   - folder: What paths are relative to.
  ///   - backbone: The backbone's file or folder, if one is named.
  /// - Throws: `Failure`; `ValidationError` for a template that is none.
  func plan(path: String, in folder: URL, backbone: String?) throws -> [ExperimentContender] {
    func failure(_ reason: String) -> Failure { Failure("\(path): \(reason)", status: .usage) }
    try checkValidation(failure)
    let counts = [
      ("trainingPairs", data.trainingPairs), ("validationPairs", data.validationPairs), ("testPairs", data.testPairs),
      ("bestOfNPrompts", data.bestOfNPrompts), ("maximumCharacters", data.maximumCharacters),
      ("minimumPointLabels", data.minimumPointLabels),
    ]
    for case (let name, let count?) in counts where count < 1 {
      throw failure("data.\(name) is \(count); it has to be 1 or more")
    }
    if let labels = data.trainingLabels, labels < 0 {
      throw failure("data.trainingLabels is \(labels); it has to be 0 or more")
    }
    try checkLimits(failure)
    return try ContenderPlan(settings: settings, seeds: seeds, folder: folder, template: template, backbone: backbone)
      .contenders(contenders, path: path)
  }
}
