import Testing

extension Scratch {
  /// A folder with `data.jsonl`, preferences, and `one.dmoerm`, a model of one category that learned from them.
  static func withModel() throws -> Scratch {
    let scratch = try Scratch()
    let rows = (0..<20).map { #"{"prompt": "chat \#($0)?", "chosen": "yes, surely", "rejected": "no \#($0)"}"# }
    try scratch.write(rows.joined(separator: "\n"), to: "data.jsonl")
    let train = try Program(
      [
        "train", "--samples", "data.jsonl", "--taxonomy", "single", "--backbone", Program.backbone, "--rank", "2",
        "--maximum-tokens", "128", "--epochs", "1", "--threads", "1", "--output", "one.dmoerm",
      ], folder: scratch.url)
    #expect(train.status == 0, "\(train.error)")
    return scratch
  }

  /// The options that name the model.
  static let model = ["--model", "one.dmoerm", "--backbone", Program.backbone]
}
