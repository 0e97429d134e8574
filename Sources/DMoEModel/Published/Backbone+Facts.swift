import DMoECore
import Foundation

extension Backbone {
  /// What its files hold, and what they cannot be used for: what scoring, training and importing would refuse is said here
  /// first.
  ///
  /// - Throws: `CoreError` if they cannot be read any more.
  @_spi(Command) public func facts() throws -> BackboneFacts {
    var (formats, bytes) = ([String](), 0)
    var stored: Int?
    var (template, templateRefusal): (String?, String?)
    var (reward, rewardRefusal): (String?, String?)
    var outputs: [String] = []
    if let location {
      let (source, files) = try Self.source(location)
      (formats, stored) = (Self.formats(source), Self.layerBytes(source))
      bytes = files.reduce(0) { sum, file in
        sum + ((try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber)??.intValue ?? 0)
      }
      (template, templateRefusal) = templateFact(location)
      (reward, rewardRefusal) = rewardFact(location)
      outputs = (try? self.outputs(location)) ?? []
    }
    let reasons: [(BackboneFacts.Refusal.Use, String?)] = [
      (.texts, textRefusal), (.template, templateRefusal), (.reward, rewardRefusal),
      (.languageModel, languageModelRefusal),
    ]
    return BackboneFacts(
      bytes: bytes, formats: formats, template: template, tokenizer: tokenizer?.summary, head: headTensors,
      reward: reward, outputs: outputs,
      refusals: reasons.compactMap { use, reason in reason.map { .init(use: use, reason: $0) } },
      memory: footprints(stored: stored))
  }

  // MARK: Files

  private static func source(_ url: URL) throws -> (tensors: any TensorSource, files: [URL]) {
    if url.isFolder {
      let weights = try SafetensorsCollection(folder: url)
      return (weights, weights.files)
    }
    let parts = try GGUFCollection(contentsOf: url)
    return (parts, parts.files)
  }

  /// The one that most numbers have first.
  private static func formats(_ source: any TensorSource) -> [String] {
    var counts: [String: Int] = [:]
    for name in source.names {
      guard let tensor = try? source.tensor(named: name) else { continue }
      counts[tensor.format.rawValue.uppercased(), default: 0] += tensor.count
    }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  /// What the matrices of all layers take in the files.
  private static func layerBytes(_ source: any TensorSource) -> Int {
    source.names.reduce(0) { sum, name in
      guard name.contains("blk.") || name.contains("layers."), let tensor = try? source.tensor(named: name),
        tensor.shape.count == 2
      else { return sum }
      return sum + (tensor.format.byteCount(shape: tensor.shape) ?? 0)
    }
  }

  // MARK: Texts

  private var textRefusal: String? {
    guard let tokenizer else { return missingTokenizer }
    let rows = configuration.vocabularySize
    guard tokenizer.vocabularySize > rows else { return nil }
    return "the tokenizer has \(tokenizer.vocabularySize) tokens and the embedding \(rows) rows: a text with a token "
      + "from \(rows) on cannot be read"
  }

  private var missingTokenizer: String {
    guard let location, location.isFolder else { return "the file has no tokenizer (tokenizer.ggml.model is missing)" }
    let model = location.appendingPathComponent("tokenizer.model")
    guard FileManager.default.fileExists(atPath: model.path) else {
      return "the folder has no tokenizer.json; is it the whole download?"
    }
    return "the folder has tokenizer.model and no tokenizer.json; transformers writes one with "
      + "AutoTokenizer.from_pretrained(folder).save_pretrained(folder)"
  }

  private func templateFact(_ url: URL) -> (name: String?, refusal: String?) {
    do {
      guard let template = try ConversationTemplate.recognized(at: url) else { return (nil, nil) }
      if let tokenizer { try template.check(tokenizer) }
      return (template.name, nil)
    } catch { return (nil, "\(error)") }
  }

  private var languageModelRefusal: String? {
    do {
      _ = try unembeddingRows([0])
      return nil
    } catch { return "\(error)" }
  }

  // MARK: The head as a reward model's

  private func rewardFact(_ url: URL) -> (head: String?, refusal: String?) {
    do {
      let configuration = try ClassifierConfiguration(of: self, at: url)
      guard !headTensors.isEmpty || configuration.ranksByFirstChannel else { return (nil, nil) }
      if PublishedObjectives.isHead(headTensors) {
        let template = try ConversationTemplate.recognized(at: url) ?? .llama3
        let objectives = try PublishedObjectives(self, configuration, template)
        return ("\(objectives.tensors[0]), \(objectives.names.count) objectives and a gate", nil)
      }
      let head = try PublishedHead(self, configuration, nil)
      let output = head.output.map { "output \($0)" } ?? "1 output"
      return (head.tensors.joined(separator: ", ") + ", " + output, nil)
    } catch let error as ModelError {
      if case .unsupportedRewardModel(_, let reason) = error { return (nil, reason) }
      return (nil, "\(error)")
    } catch { return (nil, "\(error)") }
  }

  /// The labels of the one layer that the head is, where it has several outputs.
  private func outputs(_ url: URL) throws -> [String] {
    guard headTensors.count == 1, let rows = try heads.tensor(headTensors[0])?.shape.first, rows > 1 else { return [] }
    let labels = try? ClassifierConfiguration(of: self, at: url).labels
    return labels.flatMap { $0.count == rows ? $0 : nil } ?? (0..<rows).map { "LABEL_\($0)" }
  }

  // MARK: Memory

  private func footprints(stored: Int?) -> [BackboneFacts.Footprint] {
    let shapes = Projection.allCases.map { configuration.shape(of: $0) }
    let weights = configuration.layerCount * shapes.reduce(0) { $0 + $1.outputs * $1.inputs }
    let scales = configuration.layerCount * shapes.reduce(0) { $0 + $1.outputs }
    return WeightPrecision.allCases.map { precision in
      let bytes =
        switch precision {
        case .stored: stored ?? 4 * weights
        case .float32: 4 * weights
        case .bfloat16: 2 * weights
        case .int8: weights + 4 * scales
        }
      var refusal: String?
      do { _ = try Compute(ComputeOptions(threads: 1, precision: precision)) } catch { refusal = "\(error)" }
      return BackboneFacts.Footprint(precision: precision, bytes: bytes, refusal: refusal)
    }
  }
}
