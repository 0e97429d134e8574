import ArgumentParser
import Foundation

@testable import dmoerm

/// Every command with its options, as the argument parser tells of them to tools.
struct CommandLineMap: Decodable {
  struct Command: Decodable {
    var commandName: String
    var discussion: String?
    var subcommands: [Command]?
    var arguments: [Argument]?
  }

  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String
    }

    var kind: String
    var names: [Name]?
    var allValues: [String]?
    var parsingStrategy: String
    var sectionTitle: String?

    /// Such as "--samples".
    var option: String? { names?.first { $0.kind == "long" }.map { "--" + $0.name } }
  }

  private var command: Command

  /// The words of a command after the program's name, and the command.
  static func commands() throws -> [(words: [String], command: Command)] {
    func walk(_ command: Command, _ words: [String]) -> [(words: [String], command: Command)] {
      [(words, command)]
        + (command.subcommands ?? []).filter { $0.commandName != "help" }
        .flatMap { walk($0, words + [$0.commandName]) }
    }
    let map = try JSONDecoder().decode(CommandLineMap.self, from: Data(DMoERMCommand._dumpHelp().utf8))
    return walk(map.command, [])
  }

  /// The least that each command takes.
  static let least: [[String]] = [
    ["demo"], ["label", "--samples", "a", "--out", "b", "--base-url", "http://127.0.0.1/v1", "--model", "m"],
    ["train", "--samples", "a", "--output", "b"], ["score", "--prompt", "a", "--response", "b"],
    ["serve"], ["generate", "--prompt", "a"], ["rl", "--prompts", "a", "--reward", "b", "--output", "c"],
    ["eval", "--samples", "a"], ["experiment", "a", "--output", "b"], ["benchmark", "rmb", "--data", "a"],
    ["cluster", "--samples", "a", "--count", "2"],
    ["ensemble", "a", "b", "--output", "c"], ["inspect", "data", "a"], ["inspect", "bundle", "a"],
    ["inspect", "backbone", "a"], ["inspect", "machine"], ["inspect", "tokens", "--text", "a"],
    ["inspect", "hidden", "--ids", "1"], ["adapter", "extract", "--tuned", "a", "--output", "b"],
    ["adapter", "join", "a", "b", "--output", "c"], ["import", "a", "--output", "b"], ["export", "--output", "b"],
  ]

  /// The least for a command by its words.
  static func least(for words: [String]) -> [String]? { least.first { $0.starts(with: words) } }
}
