import ArgumentParser
import Foundation

@testable import dmoerm

/// Every command with its options.
enum CommandLineMap {
  /// The words of a command after the program's name, and the command.
  static func commands() throws -> [(words: [String], command: CommandDescription)] {
    func walk(_ command: CommandDescription, _ words: [String]) -> [(words: [String], command: CommandDescription)] {
      [(words, command)]
        + (command.subcommands ?? []).filter { $0.commandName != "help" }
        .flatMap { walk($0, words + [$0.commandName]) }
    }
    return walk(try CommandDescription(DMoERMCommand._dumpHelp()), [])
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
