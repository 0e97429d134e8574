import ArgumentParser
import DMoEPolicy
import DMoEPretrained
@_spi(Command) import DMoERM
import Foundation

/// A model as a classifier that other programs open.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model for transformers or llama.cpp.",
    discussion: """
      Writes a folder that transformers' AutoModelForSequenceClassification opens (num_labels is 1), or a GGUF file that \
      llama.cpp scores with (pooling is rank): the adapter is in the weights, tokenizer and template come along. What such \
      a file cannot hold (several categories, several experts) is refused by name; --base writes the base alone, --category \
      one of several. With --adapter it is a policy's adapter alone that is written, as a file for llama.cpp's --lora. \
      Scripts/fixtures/check_exported_classifier.py and Scripts/checks/export-in-llama-cpp compare rewards.

      Examples:
        dmoerm export --model my.dmoerm --output my-classifier
        dmoerm export --model my.dmoerm --output my.gguf --outtype q8_0
        llama-server -m my.gguf --reranking     # POST /v1/rerank: query, documents
        dmoerm export --adapter tuned/adapter --output tuned.gguf
        llama-cli -m backbone.gguf --lora tuned.gguf

      \(ExitStatus.help)
      """)

  /// What is written.
  enum Format: String, CaseIterable { case hf, gguf }

  @OptionGroup var options: ModelOptions
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "The folder to write, which must not be there, or be empty; or the file, such as my.gguf.",
    transform: pathWord) var output: String
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What to write: hf (a Hugging Face folder) or gguf.", discussion: "Default: what the ending of --output says.",
      valueName: "format"))
  var format: Choice<Format>?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What the numbers of a GGUF file's matrices are: f32, f16, bf16 or q8_0.",
      discussion: "Default: f32, in which rewards are the same.", valueName: "type"))
  var outtype: Choice<ExportFormat.Numbers>?
  @Option(parsing: .unconditional, help: "The category to write, of a model that has several.") var category: String?
  @Flag(help: "Write the category's base alone, where experts make the reward.") var base = false
  @Option(
    parsing: .unconditional,
    help: "The PEFT adapter folder of a policy over --backbone, to write alone and as GGUF, instead of a model.",
    transform: pathWord) var adapter: String?
  @OptionGroup var replacing: ReplaceOption

  func validate() throws {
    guard options.routing == nil else {
      throw ValidationError("--routing chooses between categories; what is written has one (--category)")
    }
    if adapter != nil {
      guard written == .gguf else {
        throw ValidationError("--adapter is written as a GGUF file, such as --output my.gguf")
      }
      if options.model != ShippedModel.small.rawValue {
        throw ValidationError("--model and --adapter are two things to write; each is a file of its own")
      }
      if base || category != nil || outtype != nil || options.experts.combine != nil {
        throw ValidationError("--base, --category, --outtype and --combine are of reward models; --adapter is none")
      }
    }
    guard written == .hf else { return }
    if outtype != nil { throw ValidationError("--outtype is of GGUF files; a folder has f32") }
    if replacing.replaces {
      throw ValidationError("--replace is of GGUF files; a folder must not be there, or be empty")
    }
  }

  private var written: Format { format?.value ?? (output.lowercased().hasSuffix(".gguf") ? .gguf : .hf) }

  private var numbers: ExportFormat.Numbers { outtype?.value ?? .float32 }

  func run() async throws {
    let url =
      switch written {
      case .hf: try OutputPlace.folder(output, "--output", what: "empty folder", replaces: false) { _ in false }
      case .gguf: try OutputPlace.file(output, "--output", replaces: replacing.replaces)
      }
    if let adapter { return try write(adapter, to: url) }
    try options.check()
    let whole = try options.load()
    let model = base ? whole.usingBasesOnly() : whole
    let report = try model.export(
      to: url, format: written == .hf ? .huggingFace : .gguf(numbers), category: category)
    Console.output.print(
      FactList([
        (written == .hf ? "folder" : "file", output),
        ("template", model.configuration.template.name),
        ("padding", written == .hf ? report.paddingID.map { "token \($0)" } ?? "none" : nil),
        ("numbers", written == .hf ? nil : numbers.rawValue),
        ("lost", report.losses.isEmpty ? nil : report.losses.joined(separator: "; ")),
      ]).lines(Console.output.terminal))
  }

  /// Writes a policy's adapter for llama.cpp.
  private func write(_ adapter: String, to url: URL) throws {
    try InputFile(adapter, option: "--adapter").checkFolder()
    let location = try BackboneLocation.find(options.backbone)
    let backbone = try Working.reading {
      try Backbone(contentsOf: location, options: options.compute.options, checks: options.checks, progress: $0)
    }
    var policy = try LanguageModel(backbone: backbone, options: options.compute.options)
    try policy.readAdapter(contentsOf: URL(fileURLWithPath: adapter))
    try policy.writeAdapter(asGGUF: url)
    Console.output.print(
      FactList([("file", output), ("adapter", adapter), ("backbone", backbone.name)]).lines(Console.output.terminal))
  }
}
