import Foundation

/// What the argument parser tells of a command to tools: its options, and the commands in it.
struct CommandDescription: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String
    }

    var kind: String
    var names: [Name]?
    var isRepeating: Bool
    var parsingStrategy: String
    var allValues: [String]?
    var sectionTitle: String?

    /// Such as "--samples".
    var option: String? { names?.first { $0.kind == "long" }.map { "--" + $0.name } }

    /// Whether it is the option of this name, such as "--samples" or "-o".
    func isNamed(_ word: String) -> Bool {
      (names ?? []).contains { ($0.kind == "long" ? "--" : "-") + $0.name == word }
    }
  }

  var commandName: String
  var discussion: String?
  var subcommands: [CommandDescription]?
  var arguments: [Argument]?
}

extension CommandDescription {
  /// - Parameter dump: What a root command's `_dumpHelp()` returns.
  /// - Throws: `DecodingError` where another version of the argument parser tells it in another way.
  init(_ dump: String) throws {
    struct Dump: Decodable { var command: CommandDescription }
    self = try JSONDecoder().decode(Dump.self, from: Data(dump.utf8)).command
  }
}
