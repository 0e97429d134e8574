import DMoECore

/// The head of a published reward model, brought down to what a reward model here scores by.
struct PublishedHead {
  /// One weight a channel of the state. Shape: [1, hidden].
  let weight: Matrix
  /// The tensors it was made of.
  let tensors: [String]
  /// The output it is, where there are several.
  let output: String?
  /// Whether it is read as transformers' classifiers are, at the last token that is not padding.
  let skipsPadding: Bool
}

extension PublishedHead {
  /// Linear heads of one tensor by the first part of its name: transformers', OpenRLHF's, UltraRM's and Eurus', llama.cpp's.
  /// Only the first is read at the last token that is not padding, the others at the last one whatever it is.
  private static let linear = ["score", "value_head", "regression_head", "cls.output"]

  /// What llama.cpp gives as the rank of a file that has no head.
  private static let firstChannel = "output_norm.weight (the first channel of the state)"

  /// The head in a published model's files.
  ///
  /// - Throws: `ModelError.unsupportedRewardModel` that names what is not implemented; `CoreError` for a misshapen tensor.
  init(_ backbone: Backbone, _ configuration: ClassifierConfiguration, _ output: ClassifierOptions.Output?) throws {
    func refused(_ reason: String) -> ModelError {
      .unsupportedRewardModel(path: configuration.path, reason: reason)
    }
    let names = backbone.heads.names
    if let reason = UnsupportedHead.reason(configuration, names) { throw refused(reason) }
    if configuration.ranksByFirstChannel {
      guard output == nil else {
        throw refused("its one output is the first channel of the state; leave out which it is")
      }
      let hidden = backbone.configuration.hiddenSize
      self.init(
        weight: Matrix(row: [1] + Array(repeating: 0, count: hidden - 1)), tensors: [Self.firstChannel], output: nil,
        skipsPadding: false)
      return
    }
    guard !names.isEmpty else {
      guard case .difference(let first, let second)? = output else {
        throw refused(
          "its files have no head (score.weight is missing), so it is a language model; a reranker's reward is the "
            + "difference of two tokens' logits, such as yes over no")
      }
      self = try Self.logits(backbone, of: first, over: second, path: configuration.path)
      return
    }
    let candidates = (Self.linear + (configuration.headName.map { [$0] } ?? [])).map { $0 + ".weight" }
    guard let name = candidates.first(where: { names.contains($0) }), names == [name] else {
      throw refused("its head is \(names.joined(separator: ", ")), and only one linear layer is implemented")
    }
    if name == "score.weight", let reason = UnsupportedHead.reason(className: configuration) { throw refused(reason) }
    let rows = try Self.rows(name, backbone)
    if let labels = configuration.labels, labels.count != rows.rows, rows.rows != 1 || name == "score.weight" {
      func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
      throw refused(
        "\(name) has \(counted(rows.rows, "output")), and config.json has \(counted(labels.count, "label"))")
    }
    let labels =
      configuration.labels.flatMap { $0.count == rows.rows ? $0 : nil }
      ?? (0..<rows.rows).map { "LABEL_\($0)" }
    let (weight, label) = try OutputRows(rows: rows, labels: labels, path: configuration.path).reward(output)
    self.init(weight: weight, tensors: [name], output: label, skipsPadding: name == "score.weight")
  }

  /// All rows of a head, which are finite. Shapes: -> [outputs, hidden].
  static func rows(_ name: String, _ backbone: Backbone) throws -> Matrix {
    let hidden = backbone.configuration.hiddenSize
    guard let stored = try backbone.heads.tensor(name) else { return Matrix(zeros: 0, hidden) }
    guard stored.shape.count == 2, stored.columns == hidden else {
      throw CoreError.shapeMismatch(
        name: name, path: stored.path, expected: [stored.shape.first ?? 1, hidden], found: stored.shape)
    }
    let rows = stored.matrix()
    guard rows.isFinite else { throw CoreError.nonFinite("\(name) of \(stored.path)") }
    return rows
  }

  /// What one token's logit is over another's, from the language-model head.
  private static func logits(
    _ backbone: Backbone, of first: String, over second: String, path: String
  ) throws -> PublishedHead {
    let ids = try [first, second].map { token in
      guard let id = backbone.tokenizer?.tokenID(of: token) else { throw TokenizerError.missingToken(token) }
      return id
    }
    guard ids[0] != ids[1] else {
      throw ModelError.unsupportedRewardModel(
        path: path, reason: "\(first) over \(second) is one logit less itself, always 0")
    }
    let rows = try backbone.unembeddingRows(ids)
    guard rows.isFinite else { throw CoreError.nonFinite("the language-model head of \(path)") }
    return PublishedHead(
      weight: rows.differenceOfRows(0, 1), tensors: ["lm_head.weight"], output: "\(first) over \(second)",
      skipsPadding: false)
  }
}

/// The outputs of a head with their names.
struct OutputRows {
  /// Shape: [outputs, hidden].
  let rows: Matrix
  let labels: [String]
  let path: String

  /// The row that is the reward and, where there are several, its name.
  ///
  /// - Throws: `ModelError.unsupportedRewardModel`, with the labels, where it is not said which of several.
  func reward(_ output: ClassifierOptions.Output?) throws -> (weight: Matrix, name: String?) {
    switch output {
    case nil where labels.count == 1: return (rows, nil)
    // A reranker's: the reward is what its yes is worth over its no.
    case nil where Set(labels) == ["yes", "no"] && labels.count == 2: return try difference("yes", "no")
    case nil:
      throw ModelError.unsupportedRewardModel(
        path: path, reason: "it has \(labels.count) outputs (\(list)) and it was not said which of them is the reward")
    case .index(let index):
      guard labels.indices.contains(index) else { throw unknown("number \(index)") }
      return (rows.rows(index..<index + 1), labels[index])
    case .label(let label):
      let place = try place(label)
      return (rows.rows(place..<place + 1), labels[place])
    case .difference(let first, let second): return try difference(first, second)
    }
  }

  private func difference(_ first: String, _ second: String) throws -> (weight: Matrix, name: String?) {
    let places = (try place(first), try place(second))
    guard places.0 != places.1 else {
      throw ModelError.unsupportedRewardModel(
        path: path, reason: "\(first) over \(second) is one output less itself, always 0")
    }
    return (rows.differenceOfRows(places.0, places.1), "\(labels[places.0]) over \(labels[places.1])")
  }

  private func place(_ label: String) throws -> Int {
    if let place = labels.firstIndex(of: label) { return place }
    // A number is one where no label is spelled so.
    guard let number = Int(label), labels.indices.contains(number) else { throw unknown("\"\(label)\"") }
    return number
  }

  private func unknown(_ output: String) -> ModelError {
    .unsupportedRewardModel(path: path, reason: "it has no output \(output); there is \(list)")
  }

  private var list: String {
    let shown = labels.prefix(32).joined(separator: ", ")
    return labels.count > 32 ? shown + ", ..." : shown
  }
}

extension Matrix {
  /// Row `first` less row `second`. Shapes: -> [1, columns].
  fileprivate func differenceOfRows(_ first: Int, _ second: Int) -> Matrix {
    Matrix(row: zip(row(first), row(second)).map { $0 - $1 })
  }
}
