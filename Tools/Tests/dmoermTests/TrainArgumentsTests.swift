import ArgumentParser
@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

struct TrainArgumentsTests {
  private static func plan(_ arguments: String...) throws -> TrainingPlan {
    try #require(TrainCommand.parse(["--print-config"] + arguments) as TrainCommand?).plan()
  }

  private static func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString).json")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
  }

  @Test func withoutArgumentsTheLibrarysDefaultsHold() throws {
    let plan = try Self.plan()
    #expect(plan.training == TrainingConfiguration())
    #expect(plan.model == RewardModel.Configuration())
    #expect(try Self.plan("--paper").training == .paper)
  }

  @Test func unprefixedOptionsAreForBasesAndExpertsAndExpertOnesStandAbove() throws {
    let plan = try Self.plan(
      "--rank", "8", "--expert-rank", "4", "--alpha", "16", "--targets", "query, v_proj,down", "--top-layers", "6",
      "--depth", "12", "--learning-rate", "0.001", "--expert-learning-rate", "0.002", "--epochs", "5",
      "--aggregator-epochs", "7", "--batch-size", "3", "--pooling", "mean")
    let model = plan.model
    #expect(model.pooling == .mean)
    for spelling in ["last-and-mean", "lastAndMean"] {
      #expect(try Self.plan("--pooling", spelling).model.pooling == .lastAndMean)
    }
    #expect(model.lowerDepths == nil)
    #expect(try Self.plan("--lower-depths", "4, 8").model.lowerDepths == [4, 8])
    #expect(throws: (any Error).self) { try Self.plan("--lower-depths", "4,,8") }
    #expect(model.base.rank == 8 && model.expert.rank == 4)
    #expect(model.base.alpha == 16 && model.expert.alpha == 16)
    #expect(model.base.targets == [.query, .value, .down] && model.expert.targets == model.base.targets)
    #expect(model.base.topLayers == 6 && model.depth == 12)
    #expect(plan.training.base.learningRate == 0.001 && plan.training.expert.learningRate == 0.002)
    #expect(plan.training.base.epochs == 5 && plan.training.expert.epochs == 5)
    #expect(plan.training.aggregator.epochs == 7)
    #expect([plan.training.base, plan.training.expert, plan.training.aggregator].map(\.batchSize) == [3, 3, 3])
    #expect(plan.training.aggregator.learningRate == TrainingConfiguration().aggregator.learningRate)
  }

  @Test func lossAndDataOptionsReachTheConfiguration() throws {
    let plan = try Self.plan(
      "--fine-tuning", "full", "--label-smoothing", "0.1", "--margin", "0.5", "--centering", "0.01", "--ties", "half",
      "--unlabeled", "route:0.75", "--seed", "18446744073709551615", "--base-start", "own", "--debias-length",
      "--batch-sum", "0.001", "--language-model", "0.02", "--head-dropout", "0.2")
    #expect(
      plan.training.regularization
        == Regularization(
          languageModeling: .init(weight: 0.02), batchSum: 0.001, headDropout: .init(rate: 0.2)))
    #expect(plan.training.fineTuning == .full && plan.training.start.bases == .own && plan.training.loss.debiasesLength)
    #expect(try Self.plan("--base-start", "shared-base").training.start.bases == .sharedBase)
    #expect(plan.training.loss.labelSmoothing == 0.1 && plan.training.loss.marginScale == 0.5)
    #expect(plan.training.loss.centering == 0.01 && plan.training.loss.ties == .half)
    #expect(plan.training.data.unlabeled == .route(minimumProbability: 0.75))
    #expect(plan.training.seed == .max)
    #expect(try Self.plan().model.routing == .top1)
    #expect(try Self.plan("--routing", "mixture:0.4").model.routing == .mixture(threshold: 0.4))
    #expect(
      try Self.plan("--routing", "fallback:0.4").model.routing == .fallback(threshold: 0.4, category: "general"))
    #expect(
      try Self.plan("--routing", "fallback:0.4:rest").model.routing == .fallback(threshold: 0.4, category: "rest"))
    #expect(try Self.plan("--unlabeled", "category:general").training.data.unlabeled == .category(id: "general"))
  }

  @Test(arguments: [
    ["--routing", "fallback"], ["--routing", "fallback:2"], ["--routing", "fallback:0.5:No Name"],
    ["--routing", "fallback:0.5:"], ["--routing", "mixture"], ["--unlabeled", "route:2"], ["--unlabeled", "keep"],
    ["--ties", "some"], ["--rank", "x"], ["--threads", "0"],
    ["--targets", "nothing"], ["--unlabeled", "category"], ["--unlabeled", "category:"],
    ["--unlabeled", "category:My Cat"], ["--pooling", "max"],
  ])
  func whatMakesNoSenseIsRefused(arguments: [String]) {
    #expect(throws: (any Error).self) {
      try (TrainCommand.parse(["--print-config"] + arguments) as TrainCommand).plan()
    }
  }

  @Test func samplesAndOutputAreRequiredToTrain() throws {
    func check(_ arguments: String...) throws {
      let command: TrainCommand = try TrainCommand.parse(arguments)
      try command.checkRequired()
    }
    #expect(throws: ValidationError.self) { try check("--samples", "x") }
    #expect(throws: ValidationError.self) { try check("--output", "x") }
    #expect(throws: Never.self) { try check("--samples", "x", "--output", "y") }
    #expect(throws: Never.self) { try check("--labels", "x", "--output", "y") }
  }

  @Test func aPartOfARegularizationIsEnough() throws {
    try Self.withFile(#"{"training": {"regularization": {"languageModeling": {"tokens": 8}}}}"#) { path in
      let plan = try Self.plan("--config", path, "--batch-sum", "0.5")
      #expect(
        plan.training.regularization == Regularization(languageModeling: .init(tokens: 8), batchSum: 0.5))
    }
  }

  @Test func theShownConfigurationReadsBackAsItself() throws {
    let plan = try Self.plan("--rank", "8", "--unlabeled", "route:0.7", "--seed", "18446744073709551615", "--paper")
    try Self.withFile(try plan.text()) { path in
      let read = try Self.plan("--config", path)
      #expect(read == plan)
    }
  }

  @Test func aConfigurationFileNeedNameOnlyWhatItChangesAndOptionsStandAboveIt() throws {
    let text =
      #"{"training": {"base": {"epochs": 9}, "data": {"unlabeled": {"route": {"minimumProbability": 0.5}}}}, "#
      + #""model": {"depth": 10}}"#
    try Self.withFile(text) { path in
      let plan = try Self.plan("--config", path, "--depth", "11")
      #expect(plan.training.base.epochs == 9)
      #expect(plan.training.base.learningRate == TrainingConfiguration().base.learningRate)
      #expect(plan.training.data.unlabeled == .route(minimumProbability: 0.5))
      #expect(plan.model.depth == 11)
    }
  }

  @Test(arguments: [
    (#"{"training": {"bse": {"epochs": 9}}}"#, #"no setting "training.bse"; did you mean "training.base"?"#),
    (#"{"model": {"rank": 4}}"#, #"no setting "model.rank"; did you mean "model.base.rank"?"#),
    (#"{"training": {"base": {"epochs": "many"}}}"#, "training.base.epochs"), ("[1]", "object"), ("{", "JSON"),
    (#"{"training": {"data": {"unlabeled": "drop"}}}"#, #"{"drop":{}}"#),
    (#"{"model": {"pooling": "max"}}"#, "last, mean"),
    (#"{"model": {"pooling": 3}}"#, #""model.pooling" is one of last, mean"#),
    (#"{"training": {"base": {"batchSize": 1.5}}}"#, #""training.base.batchSize" cannot be 1.5"#),
    (#"{"training": {"seed": -1, "router": {"phase": {"epochs": 2}}}}"#, #""training.seed" cannot be -1"#),
    (#"{"model": {"base": {"alpha": 1e300}}}"#, #""model.base.alpha" cannot be 1e300"#),
    (#"{"model": {"maximumTokens": 1e30}}"#, #""model.maximumTokens" cannot be 1e30"#),
    (#"{"training": {"start": {"ridges": [1, "x"]}}}"#, #""training.start.ridges[1]" is not a number"#),
    (#"{"training": {"start": {"ridges": 1}}}"#, #""training.start.ridges" is not a list"#),
    (#"{"training": {"loss": {"debiasesLength": 1}}}"#, #""training.loss.debiasesLength" is not true or false"#),
    (#"{"training": {"base": []}}"#, #""training.base" is not an object"#),
    (#"{"training": {"base": {"learningRate": null}}}"#, #""training.base.learningRate""#),
    (#"{"training": {"schedule": "x", "base": {"schedule": "x"}}}"#, #""training.base.schedule" is one of constant"#),
    (#"{"training": {"seed": 1, "seed": 2}}"#, #":1:26: the key "training.seed" stands twice"#),
    (#"{"training": {"seed": 1,}}"#, "a comma before a closing bracket"),
    ("{\n\"model\": NaN}", ":2:10: "),
    (#"{"model": {"base": {"rank": 16385}}}"#, "model.base.rank is 16385; it has to be 1 to 16384"),
    (#"{"foo": null}"#, #"there is no setting "foo""#),
    (#"{"model": {"foo": null}}"#, #"there is no setting "model.foo""#),
    (#"{"model": {"router": {"depht": null, "depth": null}}}"#, "model.router.depht"),
    (#"{"model": {"aggregatorWidth": 1}}"#, "model.aggregatorWidth is 1"),
    (#"{"model": {"base": {"dropout": 1}}}"#, "model.base.dropout is 1.0"),
    (#"{"model": {"routing": {"mixture": {"threshold": 2}}}}"#, "threshold"), ("", "JSON"),
    (#"{"model": {"base": {"targets": ["query", "query"]}}}"#, "twice"),
    (#"{"training": {"data": {"minimumSamples": 0}}}"#, "training.data.minimumSamples is 0; it has to be 1 or more"),
    (#"{"training": {"baseFraction": 0.5}}"#, #""training.baseFraction" is now "training.data.baseFraction""#),
    (#"{"training": {"unlabelled": {"drop": {}}}}"#, #""training.unlabelled" is now "training.data.unlabeled""#),
    (#"{"model": {"taxonomy": {"categories": []}}}"#, #""model.taxonomy" is no setting here: --taxonomy"#),
    (#"{"model": {"combination": {"worst": {}}}}"#, #""model.combination" is {"mean":{}}, "#),
  ])
  func aWrongSettingIsNamed(text: String, name: String) throws {
    try Self.withFile(text) { path in
      do {
        try Self.plan("--config", path).validate()
        Issue.record("it was read")
      } catch let failure as Failure {
        #expect(failure.message.contains(name) && failure.status == .usage, "\(failure.message)")
      }
    }
  }

  @Test func theLongestTextThatNobodySetIsWhatTheBackboneReads() throws {
    var plan = RewardModel.Configuration()
    #expect(try plan.fitLength(to: 4096, setBy: nil) == nil && plan.maximumTokens == 2048)
    #expect(try plan.fitLength(to: 512, setBy: nil)?.contains("512") == true && plan.maximumTokens == 512)
    plan.maximumTokens = 1024
    let failure = #expect(throws: Failure.self) { try plan.fitLength(to: 512, setBy: "--maximum-tokens") }
    #expect(failure?.status == .usage && failure?.hint?.contains("--maximum-tokens 512") == true)
  }

  @Test func aFolderThatIsNoBundleIsNotReplaced() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: Never.self) { try BundleTarget.check(folder.path, replaces: false) }
    try Data("mine".utf8).write(to: folder.appendingPathComponent("notes.txt"))
    #expect(throws: ValidationError.self) { try BundleTarget.check(folder.path, replaces: true) }
    try Data("{}".utf8).write(to: folder.appendingPathComponent("dmoerm.json"))
    #expect(throws: ValidationError.self) { try BundleTarget.check(folder.path, replaces: false) }
    #expect(throws: Never.self) { try BundleTarget.check(folder.path, replaces: true) }
  }

  @Test func theBackboneIsTheOneGivenThenTheVariablesThenTheCaches() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cached = folder.appendingPathComponent(BackboneLocation.fileName)
    let other = folder.appendingPathComponent("other.gguf")
    var environment = ["DMOERM_CACHE": folder.path]
    #expect(throws: Failure.self) { try BackboneLocation.find(nil, environment: environment) }
    for url in [cached, other] { try Data().write(to: url) }
    #expect(try BackboneLocation.find(nil, environment: environment).path == cached.path)
    environment["DMOERM_BACKBONE"] = other.path
    #expect(try BackboneLocation.find(nil, environment: environment).path == other.path)
    #expect(try BackboneLocation.find(cached.path, environment: environment).path == cached.path)
    #expect(throws: Failure.self) { try BackboneLocation.find(folder.path + "/none", environment: environment) }
  }
}
