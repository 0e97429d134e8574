/// Options that a command takes once and that are given twice, of which the argument parser would take the last without a
/// word.
enum RepeatedOptions {
  /// - Parameters:
  ///   - words: The command line without the program's name.
  ///   - map: All commands, as the argument parser tells of them to tools; asked for only where an option may stand twice.
  /// - Throws: `Failure`.
  static func check(_ words: [String], map: () -> String) throws {
    let names = words.filter { $0.hasPrefix("-") }.map(name)
    // A short name stands for a long one.
    guard Set(names).count < names.count || names.contains(where: { !$0.hasPrefix("--") }) else { return }
    guard var command = try? CommandDescription(map()) else { return }
    var rest = words[...]
    while let word = rest.first, let next = command.subcommands?.first(where: { $0.commandName == word }) {
      command = next
      rest = rest.dropFirst()
    }
    let options = (command.arguments ?? []).filter { $0.kind == "option" }
    var given: Set<Int> = []
    while let word = rest.popFirst(), word != "--" {
      guard let place = options.firstIndex(where: { $0.isNamed(name(word)) }) else { continue }
      // Its value may look like an option.
      if !word.contains("=") { rest = rest.dropFirst() }
      guard options[place].isRepeating || given.insert(place).inserted else {
        throw Failure("\(name(word)) is given more than once, and can have one value alone", status: .usage)
      }
    }
  }

  private static func name(_ word: String) -> String { String(word.prefix { $0 != "=" }) }
}
