import Foundation
import Testing

@testable import dmoerm

/// Experiments and RewardBench by the command.
struct ExperimentCommandTests {
  private static let rows = (0..<40).map { index in
    let category = index % 2 == 0 ? "chat" : "text"
    let point = index % 2 == 0 ? "empathy" : "logic"
    return
      #"{"id": "r\#(index)", "prompt": "\#(category) \#(index)?", "responses": ["yes, surely", "no \#(index)"], "#
      + #""ranks": [1, 2], "category": "\#(category)", "capabilities": {"\#(point)": [1, 2]}, "source": "made"}"#
  }.joined(separator: "\n")

  private static let plan = """
    {"title": "Tiny", "data": {"training": ["data.jsonl"], "split": {"validation": 0.2, "test": 0.3},
      "bestOfN": "bon.jsonl"},
     "settings": {"model": {"base": {"rank": 2, "topLayers": 1}, "expert": {"rank": 2, "topLayers": 1},
       "maximumTokens": 128, "aggregatorWidth": 4},
       "training": {"base": {"maximumSteps": 2}, "expert": {"maximumSteps": 2}, "aggregator": {"maximumSteps": 2},
         "data": {"minimumSamples": 2}, "start": {"ridges": [1]}}},
     "contenders": [{"name": "length"}, {"name": "plain", "structure": "single", "seeds": [1, 2]}, {"name": "mixture"}]}
    """

  private static func scratch(plan: String = plan) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write(rows, to: "files/data.jsonl")
    try scratch.write(
      #"{"prompt": "chat 90?", "responses": ["yes, surely", "no 3", "perhaps"], "gold": [1, 0, 0.5]}"# + "\n",
      to: "files/bon.jsonl")
    try scratch.write(plan, to: "plan.json")
    return scratch
  }

  private static let command = [
    "experiment", "plan.json", "--data", "files", "--output", "out", "--backbone", Program.backbone, "--threads", "1",
  ]

  @Test func aPlanIsRunShownAndGoneOnWith() throws {
    let scratch = try Self.scratch()
    let first = try Program(Self.command, folder: scratch.url)
    #expect(first.status == 0, "\(first.error)")
    for text in ["plain, 2 seeds: worst case", "mixture, its experts: mean", "reference", "out/report.html"] {
      #expect(first.output.contains(text), "\(text) in \(first.output)")
    }
    #expect(first.error.contains("training ") && first.error.contains("3/3 mixture 1"))
    let markdown = try String(contentsOf: scratch.url.appendingPathComponent("out/result.md"), encoding: .utf8)
    #expect(markdown.hasPrefix("# Tiny\n") && markdown.contains("## Best of n"))
    #expect(markdown.contains("## Contenders") && markdown.contains("| plain | single | 1 2 |"), "\(markdown)")
    let again = try Program(Self.command + ["--json"], folder: scratch.url)
    #expect(again.status == 0 && !again.error.contains("scoring"))
    #expect(try JSONDecoder().decode(JSONValue.self, from: Data(again.output.utf8)) != .null)

    let bundle = "out/members/mixture/1/model.dmoerm"
    let rows = """
      {"prompt": "chat 91?", "chosen": "yes, surely", "rejected": "no 4", "subset": "donotanswer", "id": 1}
      {"prompt": "chat 92?", "chosen": "yes, surely", "rejected": "no 5", "subset": "mt-bench-hard", "id": 2}
      """
    let bench = try Program(
      ["benchmark", "rewardbench", "--model", bundle, "--backbone", Program.backbone, "--data", "-"],
      input: Data(rows.utf8),
      folder: scratch.url)
    #expect(bench.status == 0, "\(bench.error)")
    for text in ["Chat Hard", "Safety", "RewardBench"] { #expect(bench.output.contains(text)) }
    let wrong = try Program(
      ["benchmark", "rewardbench", "--model", bundle, "--backbone", Program.backbone, "--data", "-"],
      input: Data(#"{"prompt": "x"}"#.utf8), folder: scratch.url)
    #expect(wrong.status == 65 && wrong.error.contains("standard input:1: "), "\(wrong.error)")
    #expect(!wrong.error.contains("--skip-invalid"), "\(wrong.error)")
  }

  /// A set, limits of one set and a finished bundle come to an experiment that is done.
  @Test func anExperimentThatIsDoneTakesMoreSetsAndBundles() throws {
    let plan = Self.plan.replacingOccurrences(
      of: #", {"name": "plain", "structure": "single", "seeds": [1, 2]}, {"name": "mixture"}"#,
      with: #", {"name": "probe"}"#)
    let scratch = try Self.scratch(plan: plan)
    #expect(try Program(Self.command, folder: scratch.url).status == 0)
    let bundle = scratch.url.appendingPathComponent("out/members/probe/1/model.dmoerm")
    try FileManager.default.copyItem(at: bundle, to: scratch.url.appendingPathComponent("files/given.dmoerm"))
    func run(_ limits: String, _ contender: String) throws -> Program {
      let more = plan.replacingOccurrences(
        of: #""bestOfN": "bon.jsonl"}"#,
        with: #""bestOfN": "bon.jsonl", "tests": {"more": ["data.jsonl"]}, "limits": \#(limits)}"#
      )
      .replacingOccurrences(of: #", {"name": "probe"}"#, with: #", {"name": "probe"}, \#(contender)"#)
      try scratch.write(more, to: "plan.json")
      return try Program(Self.command, folder: scratch.url)
    }
    let given = #"{"name": "given", "bundle": "given.dmoerm", "structure": "probe"}"#
    let wrong = try run(#"{"less": {"pairs": 3}}"#, given)
    #expect(wrong.status == 64 && wrong.error.contains("data.limits: there is no set less"), "\(wrong.error)")
    let none = try run(#"{"more": {"pairs": 0}}"#, given)
    #expect(none.status == 64 && none.error.contains("data.limits.more.pairs is 0"), "\(none.error)")
    let texts = try run(#"{"bestOfN": {"pairs": 3}}"#, given)
    #expect(
      texts.status == 64 && texts.error.contains("data.limits.bestOfN.pairs: there are no pairs"), "\(texts.error)")
    let short = try run(#"{"bestOfN": {"maximumCharacters": 1}}"#, given)
    #expect(short.status == 65 && short.error.contains("at most 1 characters"), "\(short.error)")
    let settings = try run("{}", #"{"name": "given", "bundle": "given.dmoerm", "seeds": [1]}"#)
    #expect(settings.status == 64 && settings.error.contains("a bundle is measured as it is"), "\(settings.error)")
    let first = try run(#"{"more": {"pairs": 10}}"#, given)
    #expect(first.status == 0 && first.error.contains("more 5 pairs, 5 labels"), "\(first.error)")
    // Nothing is trained or scored anew but the bundle, and the set.
    #expect(!first.error.contains("1/2 probe 1: base"), "\(first.error)")
    let markdown = try String(contentsOf: scratch.url.appendingPathComponent("out/result.md"), encoding: .utf8)
    #expect(markdown.contains("## All sets") && markdown.contains("| given | probe |"), "\(markdown)")
    // The same name for other samples.
    let changed = try run(#"{"more": {"pairs": 12}}"#, given)
    #expect(changed.status == 64 && changed.error.contains("another set that is called more"), "\(changed.error)")
  }

  /// A bundle that the plan names says the gold of rows that have none.
  @Test func aPlanMayNameAJudge() throws {
    let classifier = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Tests/DMoEModelTests/Fixtures/classifiers/llama")
    func plan(_ judge: String) -> String {
      Self.plan.replacingOccurrences(of: #"{"title": "Tiny","#, with: #"{"title": "Tiny", "judge": \#(judge),"#)
        .replacingOccurrences(
          of: #", {"name": "plain", "structure": "single", "seeds": [1, 2]}, {"name": "mixture"}"#, with: ""
        )
        .replacingOccurrences(of: #"{"name": "length"}"#, with: #"{"name": "length"}, {"name": "probe"}"#)
    }
    let scratch = try Self.scratch(plan: plan(#"{"model": "gold.dmoerm"}"#))
    try scratch.write(
      #"{"prompt": "chat 90?", "responses": ["yes, surely", "no 3", "perhaps"]}"# + "\n", to: "files/bon.jsonl")
    #expect(try scratch.run("import", classifier.path, "--output", "files/gold.dmoerm").status == 0)
    let run = try Program(Self.command, folder: scratch.url)
    #expect(run.status == 0 && run.error.contains("judged best-of-n: 1 sample"), "\(run.error)")
    let markdown = try String(contentsOf: scratch.url.appendingPathComponent("out/result.md"), encoding: .utf8)
    #expect(markdown.contains("judge: gold.dmoerm, of bestOfN"), "\(markdown.prefix(600))")
    for (judge, word) in [
      (#"{"model": "none.dmoerm"}"#, "none.dmoerm"), (#"{"model": "gold.dmoerm", "parts": ["odd"]}"#, "no part odd"),
      (#"{"model": "gold.dmoerm", "parts": []}"#, "nothing to judge"), (#"{"modell": "gold.dmoerm"}"#, "judge.model"),
    ] {
      try scratch.write(plan(judge), to: "plan.json")
      let wrong = try Program(Self.command, folder: scratch.url)
      #expect(wrong.status != 0 && wrong.error.contains(word), "\(wrong.error)")
    }
  }

  /// It says what ran, and is written again by the same command, but no other file is.
  @Test func aPageSaysWhatRan() throws {
    let plan = Self.plan.replacingOccurrences(of: #", {"name": "mixture"}"#, with: "")
    let scratch = try Self.scratch(plan: plan)
    let command = Self.command + ["--page", "page.md"]
    // What writers that were killed have left.
    let leftovers = [".page.md.7.0"] + ["result.json", "result.md", "report.html"].map { "out/.\($0).7.0" }
    for file in leftovers { try scratch.write("half", to: file) }
    let first = try Program(command, folder: scratch.url)
    #expect(first.status == 0 && first.output.contains("page.md"), "\(first.error)")
    for file in leftovers { #expect(!scratch.exists(file), "\(file)") }
    let url = scratch.url.appendingPathComponent("page.md")
    let page = try String(contentsOf: url, encoding: .utf8)
    for text in [
      "# Tiny\n", "* version: dmoerm ", "* machine: ", "* command: `", "--page page.md`", "## Ranking accuracy: test",
      "## Plan\n\n```json\n" + plan,
    ] { #expect(page.contains(text), "\(text) in \(page)") }
    #expect(try Program(command, folder: scratch.url).status == 0)
    try scratch.write("# My own words\n", to: "page.md")
    let refused = try Program(command, folder: scratch.url)
    #expect(refused.status == 64 && refused.error.contains("page.md"), "\(refused.error)")
    #expect(try String(contentsOf: url, encoding: .utf8) == "# My own words\n")
    #expect(try Program(command + ["--replace"], folder: scratch.url).status == 0)
  }

  @Test(arguments: [("{}", 3), ("{\"title\": \"```\"}", 4), ("`` ````` `", 6)])
  func aPlanCannotEndItsBlock(plan: String, backticks: Int) {
    #expect(ExperimentPage.fence(around: plan) == String(repeating: "`", count: backticks))
  }

  @Test(arguments: [
    (#""title": "Tiny","#, #""titel": "Tiny","#, "titel"), (#""structure": "single""#, #""structure": "odd""#, "plain"),
    (#""maximumTokens": 128"#, #""maximumTokenz": 128"#, "maximumTokenz"),
    (#""split": {"validation": 0.2, "test": 0.3},"#, "", "split"), (#"{"title""#, #"["title""#, "JSON"),
    (#""test": 0.3}"#, #""test": 0.9}"#, "split"), (#""seeds": [1, 2]"#, #""seed": [1, 2]"#, "contenders[1].seed"),
    (#""seeds": [1, 2]"#, #""seeds": [1, -1]"#, #""contenders[1].seeds[1]" cannot be -1"#),
    (#""bestOfN": "bon.jsonl""#, #""trainingPairs": 0"#, "trainingPairs"),
  ])
  func aWrongPlanExitsWith64AndNamesItsFault(part: String, instead: String, word: String) throws {
    let plan = Self.plan.replacingOccurrences(of: part, with: instead)
    #expect(plan != Self.plan)
    let scratch = try Self.scratch(plan: plan)
    let run = try Program(Self.command, folder: scratch.url)
    #expect(run.status == 64 && run.error.contains(word), "\(run.error)")
  }

  /// Wrong settings are named before anything is trained; what cannot be trained does not stop the rest.
  @Test func faultsOfOneContenderAreItsOwn() throws {
    func plan(_ settings: String) -> String {
      Self.plan.replacingOccurrences(
        of: #"{"name": "mixture"}"#, with: #"{"name": "odd", "structure": "single", "settings": "# + settings + "}")
    }
    let scratch = try Self.scratch(plan: plan(#"{"model": {"depth": 99}}"#))
    let command = Self.command.dropLast() + ["2", "--jobs", "2"]
    let wrong = try Program(Array(command), folder: scratch.url)
    #expect(wrong.status == 64 && wrong.error.contains("odd: "), "\(wrong.error)")
    #expect(wrong.error.contains("depth is 99"), "\(wrong.error)")
    #expect(!wrong.error.contains("plain"))
    try scratch.write(plan(#"{"training": {"data": {"minimumSamples": 1000}}}"#), to: "plan.json")
    let few = try Program(Array(command), folder: scratch.url)
    #expect(few.status == 1 && few.error.contains("All other members are trained"), "\(few.error)")
    #expect(few.error.contains("plain 1: 2 steps") && few.error.contains("plain 2: 2 steps"), "\(few.error)")
    try scratch.write(Self.plan.replacingOccurrences(of: #", {"name": "mixture"}"#, with: ""), to: "plan.json")
    let rest = try Program(Array(command), folder: scratch.url)
    #expect(rest.status == 0 && !rest.error.contains("reading"), "\(rest.error)")
    #expect(try Program(Self.command + ["--jobs", "0"], folder: scratch.url).status == 64)
  }

  @Test func aContenderWithOtherSettingsIsRefused() throws {
    let short = Self.plan.replacingOccurrences(of: #", {"name": "mixture"}"#, with: "")
    let scratch = try Self.scratch(plan: short)
    #expect(try Program(Self.command, folder: scratch.url).status == 0)
    try scratch.write(
      short.replacingOccurrences(of: #""base": {"maximumSteps": 2}"#, with: #""base": {"maximumSteps": 3}"#),
      to: "plan.json")
    let run = try Program(Self.command, folder: scratch.url)
    #expect(run.status == 64 && run.error.contains("base.maximumSteps was 2, is 3"), "\(run.error)")
    #expect(run.error.contains("members/plain/1"))
  }

  @Test func otherDataInTheSameFolderIsRefused() throws {
    let scratch = try Self.scratch(plan: Self.plan.replacingOccurrences(of: #", {"name": "mixture"}"#, with: ""))
    #expect(try Program(Self.command, folder: scratch.url).status == 0)
    try scratch.write(String(Self.rows.dropLast(1)) + #", "margin": 2}"#, to: "files/data.jsonl")
    let run = try Program(Self.command, folder: scratch.url)
    #expect(run.status == 64 && run.error.contains("other data") && run.error.contains("--output"), "\(run.error)")
  }

  /// A category with too few samples to train is judged by the router's choice, and told of.
  @Test func aRareCategoryDoesNotStopTheExperiment() throws {
    let scratch = try Self.scratch()
    let rare = (0..<6).map {
      #"{"id": "x\#($0)", "prompt": "rare \#($0)?", "responses": ["yes", "no"], "ranks": [1, 2], "category": "rare"}"#
    }
    try scratch.write(Self.rows + "\n" + rare.joined(separator: "\n"), to: "files/data.jsonl")
    let plan = Self.plan.replacingOccurrences(of: #""minimumSamples": 2"#, with: #""minimumSamples": 5"#)
    try scratch.write(
      plan.replacingOccurrences(of: #"{"name": "mixture"}"#, with: #"{"name": "perTask"}"#), to: "plan.json")
    let run = try Program(Self.command, folder: scratch.url)
    #expect(run.status == 0, "\(run.error)")
    #expect(run.error.contains("base/rare left out"), "\(run.error)")
    // One of its rows is among the test samples.
    let markdown = try String(contentsOf: scratch.url.appendingPathComponent("out/result.md"), encoding: .utf8)
    #expect(markdown.contains("rare (1)"), "\(markdown)")
  }

  @Test func aBrokenLineOfDataIsNamedWithTheSettingThatSkipsIt() throws {
    let scratch = try Self.scratch()
    try scratch.write(Self.rows + "\n{\n", to: "files/data.jsonl")
    let run = try Program(Self.command, folder: scratch.url)
    #expect(run.status == 65 && run.error.contains("data.jsonl:41: "), "\(run.error)")
    #expect(run.error.contains("\"skipInvalid\": true"), "\(run.error)")
  }

  @Test func aModelThatDoesNotComeWithTheCommandIsNamed() throws {
    let scratch = try Scratch()
    let run = try scratch.run("score", "--model", "dmoerm-huge", "--prompt", "a", "--response", "b")
    #expect(run.status == 65 && run.error.contains("dmoerm-huge") && run.error.contains("dmoerm-small"), "\(run.error)")
  }

  // MARK: Over-optimization

  private static func measurement(_ changes: String = "") -> String {
    """
    {"title": "Tiny over-optimization",
     "overoptimization": {
       "prompts": "prompts.jsonl", "heldOut": "held-out.jsonl", "template": "chatml",
       "gold": {"model": "../out/members/mixture/1/model.dmoerm", "backbone": "\(Program.backbone)"},
       "noise": {"share": 0.25}, "drawing": {"maximumTokens": 5}, "pairs": {"perPrompt": 3, "validation": 0.3},
       "bestOfN": {"prompts": 2, "samples": 8},
       "policies": {"seeds": [1], "every": 1, "prompts": 2, "samples": 2,
         "training": {"steps": 1, "promptsPerStep": 1, "groupSize": 4}}\(changes)},
     "settings": {"model": {"base": {"rank": 2, "topLayers": 1}, "expert": {"rank": 2, "topLayers": 1},
       "maximumTokens": 128, "aggregatorWidth": 4},
       "training": {"base": {"maximumSteps": 2}, "expert": {"maximumSteps": 2}, "aggregator": {"maximumSteps": 2},
         "data": {"minimumSamples": 2}, "start": {"ridges": [1]}}},
     "contenders": [{"name": "single", "seeds": [1, 2]}, {"name": "mixture"}]}
    """
  }

  /// Gold, texts, labels, proxies, the best of n and policies by one command, which goes on where it was.
  @Test func overOptimizationIsMeasuredByOneCommand() throws {
    let scratch = try Self.scratch()
    #expect(try Program(Self.command, folder: scratch.url).status == 0)
    let prompts = (0..<12).map { #"{"id": "p\#($0)", "prompt": "chat \#($0)?"}"# }
    try scratch.write(prompts.joined(separator: "\n"), to: "files/prompts.jsonl")
    try scratch.write(#"{"prompt": "text 70?"}"# + "\n" + #"{"prompt": "text 71?"}"#, to: "files/held-out.jsonl")
    try scratch.write(Self.measurement(), to: "over.json")
    let command = [
      "experiment", "over.json", "--data", "files", "--output", "over", "--backbone", Program.backbone, "--threads",
      "1",
    ]
    let first = try Program(command + ["--page", "over.md"], folder: scratch.url)
    #expect(first.status == 0, "\(first.error)")
    for text in ["Gold by the best of", "single, 2 seeds: worst case", "Gold of trained policies", "over/report.html"] {
      #expect(first.output.contains(text), "\(text) in \(first.output)")
    }
    for text in ["written, training: ", "judged training: ", "3/3 mixture 1: 1 step"] {
      #expect(first.error.contains(text), "\(text) in \(first.error)")
    }
    let page = try String(contentsOf: scratch.url.appendingPathComponent("over.md"), encoding: .utf8)
    for text in [
      "# Tiny over-optimization\n", "* command: `", "* gold: model.dmoerm", "## Trained policies", "## Plan",
    ] {
      #expect(page.contains(text), "\(text) in \(page)")
    }
    let again = try Program(command + ["--json"], folder: scratch.url)
    #expect(
      again.status == 0 && !again.error.contains("written, ") && !again.error.contains("judged"), "\(again.error)")
    #expect(try JSONDecoder().decode(JSONValue.self, from: Data(again.output.utf8)) != .null)
    // The folder of one kind of experiment is not that of the other.
    let other = try Program(
      ["experiment", "plan.json", "--data", "files", "--output", "over", "--backbone", Program.backbone],
      folder: scratch.url)
    #expect(other.status == 64 && other.error.contains("is no experiment"), "\(other.error)")
  }

  @Test(arguments: [
    (#", "bestOfM": {}"#, "overoptimization.bestOfM"),
    (#", "rows": 3"#, "overoptimization.rows"),
  ])
  func aKeyThatAMeasurementDoesNotHaveIsNamed(change: String, key: String) throws {
    let scratch = try Scratch()
    try scratch.write(Self.measurement(change), to: "over.json")
    let run = try scratch.run("experiment", "over.json", "--print-config")
    #expect(run.status == 64 && run.error.contains(key), "\(run.error)")
  }

  @Test(arguments: [
    (#""steps": 1"#, #""seed": 1"#, "every run has one of policies.seeds"),
    (#""steps": 1"#, #""temperature": 0.5"#, "drawing.temperature says it"),
    (#""samples": 8"#, #""samples": 1"#, "bestOfN.samples is 1"),
    (#""every": 1"#, #""every": 0"#, "policies.every is 0"),
    (#""validation": 0.3"#, #""validation": 1"#, "pairs.validation is 1"),
    (#""seeds": [1], "every""#, #""seeds": [1, 1], "every""#, "policies.seeds"),
  ])
  func aSettingThatAMeasurementCannotHaveIsNamed(part: String, instead: String, words: String) throws {
    let plan = Self.measurement().replacingOccurrences(of: part, with: instead)
    #expect(plan != Self.measurement())
    let scratch = try Scratch()
    try scratch.write(plan, to: "over.json")
    let run = try scratch.run("experiment", "over.json", "--print-config")
    #expect(run.status == 64 && run.error.contains(words), "\(run.error)")
  }

  @Test func allSettingsOfAPlanAreShown() throws {
    let scratch = try Self.scratch()
    try scratch.write(Self.measurement(), to: "over.json")
    let over = try scratch.run("experiment", "over.json", "--print-config")
    #expect(over.status == 0, "\(over.error)")
    for text in [#""samples": 8"#, #""temperature": 1"#, #""learningRate""#, #""kl": null"#, #""maximumTokens": 128"#] {
      #expect(over.output.contains(text), "\(text) in \(over.output)")
    }
    let plain = try scratch.run("experiment", "plan.json", "--print-config")
    #expect(plain.status == 0 && plain.output.contains(#""maximumTokens": 128"#), "\(plain.error)")
    let missing = try scratch.run("experiment", "plan.json")
    #expect(missing.status == 64 && missing.error.contains("--output FOLDER is missing"), "\(missing.error)")
  }

  /// What routers train on and are tested on has the limits of training, or limits of its own.
  @Test(arguments: [
    (#""maximumCharacters": 20"#, [20, 20]), (#""limits": {"training": {"maximumCharacters": 20}}"#, [20, 20]),
    (#""maximumCharacters": 20, "limits": {"prompts": {"maximumCharacters": 30}}"#, [30, 20]),
    (#""limits": {"routerTest": {"maximumCharacters": 10}}"#, [40, 10]),
  ])
  func limitsOfPromptsAreTheirsOrThoseOfTraining(limits: String, longest: [Int]) throws {
    let scratch = try Self.scratch(
      plan: Self.plan.replacingOccurrences(
        of: #""bestOfN": "bon.jsonl"}"#,
        with: #""bestOfN": "bon.jsonl", "prompts": ["p.jsonl"], "routerTest": ["p.jsonl"], \#(limits)}"#))
    let prompts = [10, 20, 30, 40].map {
      #"{"prompt": "\#(String(repeating: "a", count: $0))", "category": "chat"}"#
    }
    try scratch.write(prompts.joined(separator: "\n"), to: "files/p.jsonl")
    let plan = try SettingsFile(scratch.url.appendingPathComponent("plan.json").path).decoded(as: ExperimentFile.self)
    let (data, _) = try plan.read(from: scratch.url.appendingPathComponent("files"))
    let found = [data.prompts, data.routerTest].map { $0.map { $0.conversation.userTurns[0].count }.max() ?? 0 }
    #expect(found == longest)
  }

  @Test func allContendersAreReadThroughTheTemplateThatIsNamed() throws {
    let named = Self.plan.replacingOccurrences(
      of: #"{"title": "Tiny","#, with: #"{"title": "Tiny", "template": "qwen-3","#)
    let shown = try Self.scratch(plan: named).run("experiment", "plan.json", "--print-config")
    #expect(shown.status == 0 && shown.output.contains(#""name": "qwen-3""#), "\(shown.error)")
    let plain = try Self.scratch().run("experiment", "plan.json", "--print-config")
    #expect(plain.status == 0 && plain.output.contains(#""name": "chatml""#), "\(plain.error)")
    let none = try Self.scratch(plan: named.replacingOccurrences(of: "qwen-3", with: "qwen-33"))
      .run("experiment", "plan.json", "--print-config")
    #expect(none.status == 64 && none.error.contains("not qwen-33"), "\(none.error)")
  }
}
