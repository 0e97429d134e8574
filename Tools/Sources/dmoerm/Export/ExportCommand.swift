import ArgumentParser
import DMoERM
import Foundation

/// A model as a classifier that other programs open.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model as a Hugging Face classifier.",
    discussion: """
      Writes a folder that transformers' AutoModelForSequenceClassification opens: the adapter is in the weights (f32), \
      num_labels is 1, the tokenizer has the template. What a classifier cannot hold (several categories, several experts) \
      is refused by name; --base writes the base alone, --category one of several. \
      Scripts/fixtures/check_exported_classifier.py compares rewards.

      Example:
        dmoerm export --model my.dmoerm --output my-classifier

      \(ExitStatus.help)
      """)

  @OptionGroup var options: ModelOptions
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "The folder to write; it must not be there, or be empty.",
    transform: pathWord) var output: String
  @Option(parsing: .unconditional, help: "The category to write, of a model that has several.") var category: String?
  @Flag(help: "Write the category's base alone, where experts make the reward.") var base = false

  func run() async throws {
    let folder = try OutputPlace.folder(output, "--output", what: "empty folder", replaces: false) { _ in false }
    try options.check()
    let whole = try options.load()
    let model = base ? whole.usingBasesOnly() : whole
    let report = try model.export(to: folder, category: category)
    Console.output.print(
      FactList([
        ("folder", output),
        ("template", model.configuration.template.name),
        ("padding", report.paddingID.map { "token \($0)" } ?? "none"),
        ("lost", report.losses.isEmpty ? nil : report.losses.joined(separator: "; ")),
      ]).lines(Console.output.terminal))
  }
}
