import ArgumentParser
@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

/// The command line as a whole: every option of every command.
struct CommandLineTests {
  /// Numbers that no command traps at.
  private static let extremes = ["-1", "nan", "1e400", "\(Int.max)", "99999999999999999999"]

  /// Bytes that are no text would be repaired, and something else scored than was given.
  @Test func wordsAreText() throws {
    func check(_ words: [[CChar]]) throws {
      let copies = words.map { word in strdup(word + [0]) }
      defer { for copy in copies { free(copy) } }
      try copies.withUnsafeBufferPointer { try DMoERMCommand.checkText(of: $0) }
    }
    try check([[0x64], [0x61], Array("ä 中 😀".utf8CString.dropLast())])
    let error = #expect(throws: Failure.self) { try check([[0x64], [0x61], [0x61, -61]]) }
    #expect(error.map { "\($0)" }?.contains("argument 2") ?? false)
  }

  @Test func everyCommandIsInTheTable() throws {
    for (words, command) in try CommandLineMap.commands() where (command.subcommands ?? []).isEmpty {
      let least = try #require(CommandLineMap.least(for: words), "\(words)")
      #expect(throws: Never.self) { try DMoERMCommand.parseAsRoot(least) }
    }
  }

  /// What is refused is refused as a wrong command line, and nothing ends the program.
  @Test func noValueOfAnyOptionTraps() throws {
    for (words, command) in try CommandLineMap.commands() {
      guard let least = CommandLineMap.least(for: words) else { continue }
      // Without the root, which takes most of the time.
      let type = type(of: try DMoERMCommand.parseAsRoot(least))
      for argument in command.arguments ?? [] where argument.kind == "option" && argument.allValues == nil {
        guard let option = argument.option, option != "--config" else { continue }
        for value in Self.extremes {
          do {
            if words == ["train"] {
              let plan = try Self.plan(argument.sectionTitle, [option, value])
              try plan.validate()
              _ = try plan.text()
            } else {
              _ = try type.parse(Array(least.dropFirst(words.count)) + [option, value])
            }
          } catch {
            let status = Failure(error)?.status.rawValue ?? DMoERMCommand.exitCode(for: error).rawValue
            #expect(status == 64, "\(words) \(option) \(value): \(error)")
          }
        }
      }
    }
  }

  /// The settings that options of `train` make.
  private static func plan(_ section: String?, _ options: [String]) throws -> TrainingPlan {
    var plan = TrainingPlan()
    switch section {
    case "Model": try ModelArguments.parse(options).apply(to: &plan.model)
    case "Training": try TrainingArguments.parse(options).apply(to: &plan.training)
    default: break
    }
    return plan
  }

  @Test(arguments: [
    (["Model"], "--rank", ["0", "-1", "16385", "1000000000000"]),
    (["Model"], "--alpha", ["0", "-1", "nan", "inf"]),
    (["Model"], "--dropout", ["1", "-0.1", "nan"]),
    (["Model"], "--depth", ["0", "-1"]),
    (["Model"], "--top-layers", ["0", "-1"]),
    (["Model"], "--aggregator-width", ["1", "65537", "-1"]),
    (["Model"], "--maximum-tokens", ["0", "-1"]),
    (["Model"], "--router-depth", ["0", "-1"]),
    (["Training"], "--learning-rate", ["-1", "nan", "inf"]),
    (["Training"], "--epochs", ["-1", "nan", "inf", "1e7"]),
    (["Training"], "--batch-size", ["0", "-1", "1000000000000"]),
    (["Training"], "--base-fraction", ["-0.1", "1.1", "nan"]),
    (["Training"], "--validation-fraction", ["-0.1", "1", "nan"]),
    (["Training"], "--label-smoothing", ["-0.1", "0.5", "nan"]),
    (["Training"], "--margin", ["-1", "nan", "inf"]),
    (["Training"], "--centering", ["-1", "nan", "inf"]),
    (["Training"], "--batch-sum", ["-1", "nan", "inf"]),
    (["Training"], "--language-model", ["-1", "nan", "inf"]),
    (["Training"], "--head-dropout", ["-1", "nan", "1"]),
    (["Training"], "--seed", ["-1", "1.5", "18446744073709551616"]),
    (["demo"], "--threads", ["0", "-1", "1025", "1000000000000"]),
    (["score", "--prompt", "a", "--response", "b", "--combine", "uncertainty"], "--lambda", ["-1", "nan", "inf"]),
    (["experiment", "a", "--output", "b"], "--cache", ["-1", "nan", "inf", "1e6"]),
    (["experiment", "a", "--output", "b"], "--trunk-file-size", ["0", "-1", "nan", "inf", "1e6"]),
    (["experiment", "a", "--output", "b"], "--jobs", ["0", "-1", "1000000000000"]),
    (["adapter", "extract", "--tuned", "a", "--output", "b"], "--rank", ["0", "-1", "99999999"]),
    (["adapter", "join", "a", "b", "--output", "c"], "--rank", ["0", "-1", "99999999"]),
  ])
  func aNumberThatMakesNoSenseIsRefusedBeforeAnythingIsRead(command: [String], option: String, values: [String]) {
    for value in values {
      let error = #expect(throws: (any Error).self, "\(option) \(value)") {
        // Options of `train` by their section.
        if command.count == 1, command != ["demo"] { return try Self.plan(command[0], [option, value]).validate() }
        _ = try DMoERMCommand.parseAsRoot(command + [option, value])
      }
      guard let error else { continue }
      let text = Failure(error)?.message ?? DMoERMCommand.message(for: error)
      #expect(text.count < 200 && !text.contains("ArgumentParser") && !text.contains("Swift"), "\(text)")
    }
  }

  /// With a dash first, a value is a value; of files and folders two dashes are taken for a forgotten one.
  @Test func everyValueMayBeginWithADash() throws {
    // Whole numbers from 1 on, and words of a list.
    let exceptions: Set<String> = [
      "--concurrency", "--requests-per-minute", "--tokens-per-minute", "--attempts", "--temperature", "--timeout",
      "--maximum-reply-tokens", "--judge-seed", "--pairs", "--unlabeled",
    ]
    for (words, command) in try CommandLineMap.commands() {
      for argument in command.arguments ?? [] where argument.kind == "option" && argument.allValues == nil {
        guard let option = argument.option, !exceptions.contains(option) else { continue }
        #expect(argument.parsingStrategy == "unconditional", "\(words) \(option)")
      }
    }
    for text in ["- first", "-3 + 5?", "-x", "--json", "-", "--prompt"] {
      let score = try #require(
        try DMoERMCommand.parseAsRoot([
          "score", "--prompt", text, "--response", text, "--response", text, "--system", text,
        ])
          as? ScoreCommand)
      #expect(score.prompt == text && score.response == [text, text] && score.system == text && !score.json)
      let tokens = try DMoERMCommand.parseAsRoot(["inspect", "tokens", "--text", text]) as? InspectTokensCommand
      #expect(tokens?.text == text)
    }
    let dashed =
      try DMoERMCommand.parseAsRoot(["train", "--samples", "-rows.jsonl", "--output", "-o"]) as? TrainCommand
    #expect(dashed?.samples == ["-rows.jsonl"] && dashed?.output == "-o")
    for words in [["train", "--samples", "a", "--output", "--json"], ["train", "--samples", "--output", "b"]] {
      #expect(throws: (any Error).self) { try DMoERMCommand.parseAsRoot(words) }
    }
  }

  // MARK: Examples

  @Test func theExamplesOfHelpAreTaken() throws {
    var count = 0
    for (words, command) in try CommandLineMap.commands() {
      for example in ShellExamples.commands(in: command.discussion ?? "") {
        count += 1
        #expect(throws: Never.self, "\(words): \(example)") { try DMoERMCommand.parseAsRoot(example) }
      }
    }
    #expect(count > 15)
  }

  /// Wrapped by the argument parser, an example would no longer be one command.
  @Test func theExamplesOfHelpFitIntoEightyColumns() throws {
    for (words, command) in try CommandLineMap.commands() {
      for line in (command.discussion ?? "").split(separator: "\n") where line.hasPrefix("  ") {
        #expect(line.count <= 78, "\(words): \(line)")
      }
    }
  }

  @Test func theWordsOfOptionsAreTheLibrarys() throws {
    #expect(Choice<TrainingConfiguration.BaseStart>.allValueStrings == ["own", "shared-head", "shared-base"])
    #expect(Choice<StatePooling>.listed == "last, mean, last-and-mean, response or last-and-response")
    #expect(Choice<ComputeBackend>.allValueStrings == ["automatic", "openBLAS", "oneDNN", "reference"])
    for format in PreferenceFormat.allCases {
      for word in [Choice(format).defaultValueDescription, format.rawValue] {
        #expect(Choice<PreferenceFormat>(argument: word)?.value == format)
      }
    }
    #expect(Choice<PreferenceFormat>(argument: "none") == nil)
  }

  @Test(arguments: [
    (["train", "--sampels", "a", "--output", "b"], "Did you mean '--samples'?"),
    (["train", "--samples", "a", "--outptu", "b"], "Did you mean '--output'?"),
    (["score", "--promt", "a", "--response", "b"], "Did you mean '--prompt'?"),
    (["label", "--samples", "a", "--out", "b", "--base-url", "u", "--modle", "m"], "Did you mean '--model'?"),
    (["traim"], "there is no command traim"),
  ])
  func whatIsMisspeltNamesWhatIsNear(arguments: [String], message: String) throws {
    let scratch = try Scratch()
    let run = try Program(arguments, folder: scratch.url)
    #expect(run.status == 64 && run.error.contains(message), "\(run.error)")
  }

  @Test func kernelsThatDoNotRunAreTold() throws {
    let scratch = try Scratch()
    let here = try scratch.run("inspect", "machine")
    // A build without OpenBLAS has no kernels to choose from.
    guard here.output.contains("kernels") else { return }
    let run = try Program(
      ["inspect", "machine"], folder: scratch.url, environment: ["DMOERM_OPENBLAS_CORETYPE": "nonsense"])
    #expect(run.status == 64 && run.error.contains("names the kernels nonsense"), "\(run.error)")
  }

  @Test func theExamplesOfTheDocumentsAreTaken() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let pages = try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Docs").path)
    var count = 0
    for page in ["README.md"] + pages.filter({ $0.hasSuffix(".md") }).map({ "Docs/" + $0 }) {
      let text = try String(contentsOf: root.appendingPathComponent(page), encoding: .utf8)
      for example in ShellExamples.commands(in: ShellExamples.blocks(of: text)) {
        count += 1
        #expect(throws: Never.self, "\(page): \(example)") { try DMoERMCommand.parseAsRoot(example) }
      }
    }
    #expect(count > 15)
  }

  /// One value is asked for: which of two was meant is not guessed. What may be given several times may, and what stands in the
  /// place of a value is one, whatever it looks like.
  @Test(arguments: [
    (["score", "--prompt", "a", "--prompt", "b", "--response", "c"], "--prompt"),
    (["score", "--prompt=a", "--response", "c", "--prompt=b"], "--prompt"),
    (["experiment", "a", "-o", "b", "--output", "c"], "--output"),
    (["inspect", "data", "a", "--format", "trl", "--format", "native"], "--format"),
    (["score", "--prompt", "a", "--response", "b", "--response", "c"], nil),
    (["score", "--prompt", "--prompt", "--response", "--prompt"], nil),
    (["score", "--json", "--json", "--prompt", "a", "--response", "b"], nil),
    (["score", "--response", "--", "--prompt", "a", "--", "--prompt", "b"], nil),
    (["nonsense", "--prompt", "a", "--prompt", "b"], nil),
  ])
  func anOptionOfOneValueIsGivenOnce(words: [String], name: String?) throws {
    var failure: Failure?
    do { try RepeatedOptions.check(words) { DMoERMCommand._dumpHelp() } } catch let error as Failure { failure = error }
    #expect(failure?.message == name.map { "\($0) is given more than once, and can have one value alone" })
    #expect(failure == nil || failure?.status == .usage)
  }

  @Test func aFileGivenTwiceIsRefused() throws {
    let scratch = try Scratch()
    try scratch.write(#"{"prompt": "a", "chosen": "b", "rejected": "c"}"#, to: "a.jsonl")
    for command in [
      ["train", "--samples", "a.jsonl", "--samples", "./a.jsonl", "--output", "m.dmoerm"],
      ["eval", "--samples", "a.jsonl", "--samples", "a.jsonl", "--model", "dmoerm-small"],
      ["cluster", "--samples", "a.jsonl", "--samples", "a.jsonl", "--count", "2"],
      ["benchmark", "rmb", "--data", ".", "--data", "a.jsonl", "--model", "dmoerm-small"],
    ] {
      let run = try Program(command + ["--backbone", Program.backbone], folder: scratch.url)
      #expect(run.status == 64 && run.error.contains("is given twice"), "\(run.error)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["a.jsonl"])
  }
}

/// Commands as they stand in texts for people.
private enum ShellExamples {
  /// What stands in the code blocks of a page.
  static func blocks(of page: String) -> String {
    page.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element).joined(
      separator: "\n")
  }

  /// The words after `dmoerm` of every line that begins with it or pipes into it.
  static func commands(in text: String) -> [[String]] {
    let lines = text.replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n").map { line in
      line.trimmingCharacters(in: .whitespaces)
    }
    return lines.flatMap { line -> [[String]] in
      let commands = split(line.replacingOccurrences(of: "$seed", with: "1"))
      return commands.filter { $0.first == "dmoerm" && $0.count > 1 }.map { Array($0.dropFirst()) }
    }
  }

  /// The commands of a pipe, in words without quotes, without comments and redirections.
  private static func split(_ line: String) -> [[String]] {
    var commands: [[String]] = [[]]
    var word: String?
    var quote: Character?
    func end() {
      if let word { commands[commands.count - 1].append(word) }
      word = nil
    }
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == "#" && word == nil {
        break
      } else if character == "|" || character == ";" {
        end()
        commands.append([])
      } else if character == ">" || character == "<" {
        end()
        // What follows is a file of the shell's.
        commands.append([])
      } else if character.isWhitespace {
        end()
      } else {
        word = (word ?? "") + String(character)
      }
    }
    end()
    return commands
  }
}
