import Foundation
import Testing

@testable import dmoerm

/// Published reward models as bundles.
@Suite struct ImportTests {
  private static let classifiers = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Tests/DMoEModelTests/Fixtures/classifiers")

  private struct Expected: Decodable {
    struct Text: Decodable {
      var turns: [[String]]
      var response: String
    }
    var conversations: [Text]
    var rewards: [Double]
  }

  @Test func anImportedModelScoresAsTransformersDoes() throws {
    let scratch = try Scratch()
    let folder = Self.classifiers.appendingPathComponent("llama")
    let made = try scratch.run("import", folder.path, "--output", "my.dmoerm")
    #expect(made.status == 0, "\(made.error)")
    #expect(made.output.contains("LlamaForSequenceClassification") && made.output.contains("score.weight"))
    let expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
    for (text, reward) in zip(expected.conversations, expected.rewards) where text.turns.count == 1 {
      // No backbone is named: the bundle knows the folder.
      let run = try scratch.run(
        "score", "--model", "my.dmoerm", "--prompt", text.turns[0][1], "--response", text.response, "--json")
      let line = try JSONDecoder().decode([String: JSONValue].self, from: Data(run.output.utf8))
      guard case .number(let found)? = line["reward"] else {
        Issue.record("\(run.output) \(run.error)")
        continue
      }
      #expect(abs(found - reward) < 1e-5 * max(1, abs(reward)))
    }
  }

  /// What is no model is told of in one sentence by every command that takes a backbone or a folder.
  @Test func whatIsNoModelIsToldOfByEveryCommand() throws {
    let scratch = try Scratch()
    try scratch.write("version https://git-lfs.github.com/spec/v1\noid sha256:4665f8\nsize 9\n", to: "pointer.gguf")
    try scratch.write(
      #"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#,
      to: "shards/model.safetensors.index.json")
    try scratch.write("{}", to: "shards/config.json")
    try scratch.write("{}", to: "adapter/adapter_config.json")
    try scratch.write(#"{"prompt": "a", "chosen": "b", "rejected": "c"}"#, to: "data.jsonl")
    let faults = [
      ("pointer.gguf", "Git LFS pointer"), ("shards", "none of the 2 files of weights"),
      ("adapter", "adapter and no model"), ("data.jsonl", "no GGUF file"),
    ]
    for (path, sentence) in faults {
      let commands = [
        ["import", path, "--output", "out"], ["inspect", "backbone", path],
        ["train", "--samples", "data.jsonl", "--output", "out", "--backbone", path],
        ["inspect", "hidden", "--ids", "1", "--backbone", path],
        ["inspect", "tokens", "--text", "a", "--backbone", path],
        ["adapter", "extract", "--tuned", path, "--output", "out", "--backbone", path],
        ["score", "--prompt", "a", "--response", "b", "--backbone", path],
      ]
      for command in commands {
        let run = try Program(command, folder: scratch.url)
        #expect(run.status == 65 && run.error.contains(sentence), "\(command): \(run.status) \(run.error)")
        #expect(run.error.split(separator: "\n").filter { $0.hasPrefix("dmoerm:") }.count == 1, "\(run.error)")
      }
    }
  }

  @Test func aHeadThatIsNotReadIsToldOf() throws {
    let scratch = try Scratch()
    let folder = Self.classifiers.appendingPathComponent("llama").path
    let shown = try scratch.run("inspect", "backbone", folder)
    #expect(shown.status == 0, "\(shown.error)")
    for word in ["score.weight", "dmoerm import", "llama-3", "F32"] { #expect(shown.output.contains(word)) }
    let rows = (0..<20).map { #"{"prompt": "chat \#($0)?", "chosen": "yes, surely", "rejected": "no \#($0)"}"# }
    try scratch.write(rows.joined(separator: "\n"), to: "data.jsonl")
    let run = try scratch.run(
      "train", "--samples", "data.jsonl", "--taxonomy", "single", "--backbone", folder, "--rank", "2", "--epochs", "1",
      "--maximum-tokens", "128", "--threads", "1", "--output", "own.dmoerm")
    #expect(run.error.contains("has a head (score.weight), which is not read here"), "\(run.error)")
  }

  /// Each with the way out, as the command has it.
  @Test func whatWouldBeRefusedIsForetold() throws {
    let scratch = try Scratch()
    let folder = scratch.url.appendingPathComponent("model")
    try FileManager.default.copyItem(at: Self.classifiers.appendingPathComponent("llama"), to: folder)
    let template = folder.appendingPathComponent("tokenizer_config.json")
    try String(contentsOf: template, encoding: .utf8)
      .replacingOccurrences(of: "loop_messages = messages", with: "loop_messages = other")
      .write(to: template, atomically: true, encoding: .utf8)
    try FileManager.default.removeItem(at: folder.appendingPathComponent("tokenizer.json"))
    let shown = try scratch.run("inspect", "backbone", "model")
    #expect(shown.status == 0, "\(shown.error)")
    for words in [
      "not one that can be used", "derive-template", "--template NAME", "for scoring and training: the folder has no",
      "no part of the backbone", "dmoerm import", "float32 ", "bfloat16 ", "as a reranker",
    ] { #expect(shown.output.contains(words), "\(words) in \(shown.output)") }
    let json = try scratch.run("inspect", "backbone", "model", "--json").output
    #expect(json.contains(#""refusals""#) && json.contains(#""use":"texts""#), "\(json)")
  }

  /// Texts are read through the template in a backbone's files where that is asked for.
  @Test func trainingTakesTheTemplateOfItsBackbone() throws {
    let scratch = try Scratch()
    let folder = Self.classifiers.appendingPathComponent("llama").path
    func template(_ word: String, _ backbone: String) throws -> (status: Int32, text: String) {
      let run = try scratch.run("train", "--template", word, "--backbone", backbone, "--print-config")
      return (run.status, run.output + run.error)
    }
    let bare = Self.classifiers.deletingLastPathComponent().appendingPathComponent("models/phi3/phi3.f32.gguf").path
    let own = try template("backbone", folder)
    #expect(own.status == 0 && own.text.contains("<|eot_id|>"), "\(own.text)")
    #expect(try template("gemma-3", folder).text.contains("<start_of_turn>"))
    let none = try template("backbone", bare)
    #expect(none.status == 65 && none.text.contains("has no chat template"), "\(none.text)")
    let unknown = try template("gemma-9", folder)
    #expect(unknown.status == 64 && unknown.text.contains("gemma-3"), "\(unknown.text)")
  }

  @Test func aModelIsWrittenAsAClassifierAndReadAgain() throws {
    let scratch = try Scratch()
    let folder = Self.classifiers.appendingPathComponent("qwen2").path
    #expect(try scratch.run("import", folder, "--output", "my.dmoerm").status == 0)
    let written = try scratch.run("export", "--model", "my.dmoerm", "--output", "classifier")
    #expect(written.status == 0, "\(written.error)")
    #expect(try scratch.run("import", "classifier", "--output", "again.dmoerm").status == 0)
    let scores = try ["my.dmoerm", "again.dmoerm"].map {
      try scratch.run("score", "--model", $0, "--prompt", "Why?", "--response", "So.", "--json").output
    }
    #expect(scores[0].contains("reward") && scores[0] == scores[1])
    let twice = try scratch.run("export", "--model", "my.dmoerm", "--output", "classifier")
    #expect(twice.status == 64, "\(twice.error)")
  }

  private static func rewards(_ scratch: Scratch, _ model: String, _ response: String) throws -> Double {
    let run = try scratch.run("score", "--model", model, "--prompt", "Why?", "--response", response, "--json")
    let line = try JSONDecoder().decode([String: JSONValue].self, from: Data(run.output.utf8))
    guard case .number(let reward)? = line["reward"] else { throw CocoaError(.coderValueNotFound) }
    return reward
  }

  @Test func aModelIsWrittenAsGGUFAndReadAgain() throws {
    let scratch = try Scratch()
    let folder = Self.classifiers.appendingPathComponent("qwen2").path
    #expect(try scratch.run("import", folder, "--output", "my.dmoerm").status == 0)
    let written = try scratch.run("export", "--model", "my.dmoerm", "--output", "my.gguf")
    #expect(written.status == 0 && written.output.contains("f32"), "\(written.error)")
    #expect(try scratch.run("import", "my.gguf", "--output", "again.dmoerm").status == 0)
    for response in ["So.", "Because of the wind"] {
      let (one, other) = (
        try Self.rewards(scratch, "my.dmoerm", response), try Self.rewards(scratch, "again.dmoerm", response)
      )
      #expect(abs(one - other) < 1e-5 * max(1, abs(one)))
    }
    #expect(try scratch.run("export", "--model", "my.dmoerm", "--output", "my.gguf").status == 64)
    let smaller = try scratch.run(
      "export", "--model", "my.dmoerm", "--output", "my.gguf", "--outtype", "f16", "--replace")
    #expect(smaller.status == 0 && smaller.output.contains("f16"), "\(smaller.error)")
    for wrong in [["--outtype", "f16"], ["--replace"], ["--format", "onnx"]] {
      let run = try Program(["export", "--model", "my.dmoerm", "--output", "folder"] + wrong, folder: scratch.url)
      #expect(run.status == 64, "\(wrong): \(run.error)")
    }
  }

  @Test func anAdapterIsWrittenAlone() throws {
    let scratch = try Scratch()
    for other in [["--model", "my.dmoerm"], ["--base"], ["--outtype", "f16"]] {
      let run = try Program(["export", "--adapter", "a", "--output", "a.gguf"] + other, folder: scratch.url)
      #expect(run.status == 64 && run.error.contains("--adapter"), "\(other): \(run.error)")
    }
  }

  @Test func importedModelsOverTwoBackbonesMakeOneBundle() throws {
    let scratch = try Scratch()
    for name in ["llama", "qwen2"] {
      let folder = Self.classifiers.appendingPathComponent(name).path
      #expect(try scratch.run("import", folder, "--output", "\(name).dmoerm").status == 0)
    }
    let made = try scratch.run(
      "ensemble", "llama.dmoerm", "qwen2.dmoerm", "--combine", "mean", "--output", "both.dmoerm")
    #expect(made.status == 0, "\(made.error)")
    let each = try ["llama.dmoerm", "qwen2.dmoerm", "both.dmoerm"].map { try Self.rewards(scratch, $0, "So.") }
    #expect(abs(each[2] - (each[0] + each[1]) / 2) < 1e-5)
    let shown = try scratch.run("inspect", "bundle", "both.dmoerm").output
    #expect(shown.contains("member 2") && shown.contains("qwen2") && shown.contains("2 of 2"), "\(shown)")
  }
}
