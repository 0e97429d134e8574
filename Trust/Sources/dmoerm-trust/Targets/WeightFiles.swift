import Foundation

@testable import DMoECore
@testable import DMoEFoundation
@testable import DMoEModel

extension FuzzTarget {
  /// The binary formats.
  static let weightFiles: [FuzzTarget] = [gguf, safetensors, adapterGGUF, backboneGGUF]

  /// Every value of the metadata by every kind, every tensor in full; what the writer has is written and read again.
  private static let gguf = FuzzTarget("gguf", mutator: GGUFMutator.mutate) { bytes in
    let file = try GGUFFile(contentsOf: Scratch.file("a.gguf", bytes))
    for key in file.metadata.keys.sorted() {
      _ = try? file.string(key)
      _ = try? file.integer(key)
      _ = try? file.float(key)
      _ = try? file.bool(key)
      _ = try? file.strings(key)
      _ = try? file.integers(key)
      _ = try? file.bools(key)
      _ = try? file.floats(key)
      _ = try? file.stringCountIfPresent(key)
    }
    var kept: [(GGUFWriter.Tensor, [UInt32])] = []
    for name in file.names {
      guard let tensor = try? file.tensor(named: name) else { continue }
      let values = tensor.matrix()
      try require(values.count == tensor.count, "\(name) has \(values.count) numbers, not \(tensor.count)")
      try require(
        tensor.dequantized().elementsEqual(values.elements) { $0.bitPattern == $1.bitPattern }, "\(name) reads twofold")
      guard WeightFormat.written.contains(tensor.format), tensor.format != .q8_0, values.isFinite else { continue }
      let copy = GGUFWriter.Tensor(name: name, shape: tensor.shape, format: tensor.format) {
        take throws(CoreError) in try take(values)
      }
      kept.append((copy, values.elements.map(\.bitPattern)))
    }
    let metadata = file.metadata.compactMap { key, value in writable(value).map { (key: key, value: $0) } }
      .filter { $0.key != "general.alignment" }.sorted { $0.key < $1.key }
    let url = Scratch.folder.appendingPathComponent("b.gguf")
    let again = try must("what was read cannot be written and read") {
      try GGUFWriter.write(metadata: metadata, tensors: kept.map(\.0), to: url)
      return try GGUFFile(contentsOf: url)
    }
    for (key, value) in metadata {
      try require(again.metadata[key].flatMap(writable) == value, "\(key) is another one when it is read again")
    }
    for (tensor, numbers) in kept {
      let read = try must("\(tensor.name)") { try again.tensor(named: tensor.name).matrix().elements }
      try require(read.map(\.bitPattern) == numbers, "\(tensor.name) has other numbers when it is read again")
    }
  }

  /// The value as the writer takes it; nil for kinds that it has not, and for numbers that equal none.
  private static func writable(_ value: GGUFValue) -> GGUFWriter.Value? {
    switch value {
    case .unsigned(let number): UInt32(exactly: number).map(GGUFWriter.Value.uint32)
    case .float(let number): Double(Float(number)) == number ? .float32(Float(number)) : nil
    case .bool(let flag): .bool(flag)
    case .string(let text): .string(text)
    case .array(let array) where array.kind == .string:
      (try? array.strings()).flatMap { $0 }.map(GGUFWriter.Value.strings)
    default: nil
    }
  }

  private static let safetensors = FuzzTarget("safetensors", mutator: SafetensorsMutator.mutate) { bytes in
    let file = try SafetensorsFile(contentsOf: Scratch.file("a.safetensors", bytes))
    var kept: [(name: String, shape: [Int], values: Matrix)] = []
    for name in file.names {
      guard let tensor = try? file.tensor(named: name) else { continue }
      let values = tensor.matrix()
      try require(values.count == tensor.count, "\(name) has \(values.count) numbers, not \(tensor.count)")
      kept.append((name, tensor.shape, values))
    }
    let url = Scratch.folder.appendingPathComponent("b.safetensors")
    let again = try must("what was read cannot be written and read") {
      try SafetensorsWriter.write(kept, metadata: file.metadata, to: url)
      return try SafetensorsFile(contentsOf: url)
    }
    try require(again.metadata == file.metadata, "other metadata when it is read again")
    for (name, shape, values) in kept {
      let read = try must(name) { try again.tensor(named: name) }
      try require(read.shape == shape, "\(name) has another shape when it is read again")
      try require(
        read.matrix().elements.map(\.bitPattern) == values.elements.map(\.bitPattern),
        "\(name) has other numbers when read again")
    }
  }

  /// The sizes of the tiny model that the corpora's adapters and configurations are of.
  static let numbers = BackboneConfiguration(
    architecture: "llama", hiddenSize: 32, feedForwardSize: 48,
    layers: (0..<3).map { _ in .init(rotary: RotaryEmbedding(theta: 10000, size: 8)) },
    heads: 4, keyValueHeads: 2, headSize: 8, vocabularySize: 288, contextLength: 128, normEpsilon: 1e-5,
    attentionScale: 0.35)

  private static let adapterGGUF = FuzzTarget("adapter-gguf", mutator: GGUFMutator.mutate) { bytes in
    let adapter = try LoRAAdapter(contentsOf: Scratch.file("adapter.gguf", bytes), for: numbers)
    try sameAgain(adapter)
  }

  /// An adapter is written as a PEFT folder and read again.
  static func sameAgain(_ adapter: LoRAAdapter) throws {
    let folder = Scratch.folder("peft-again")
    let again = try must("the adapter cannot be written and read") {
      try adapter.write(to: folder, backboneName: "tiny")
      return try LoRAAdapter(contentsOf: folder, for: numbers)
    }
    var (old, new): ([UInt32], [UInt32]) = ([], [])
    adapter.forEachModule { _, _, module in
      old +=
        module.a.value.elements.map(\.bitPattern) + module.b.value.elements.map(\.bitPattern) + [
          module.scaling.bitPattern
        ]
    }
    again.forEachModule { _, _, module in
      new +=
        module.a.value.elements.map(\.bitPattern) + module.b.value.elements.map(\.bitPattern) + [
          module.scaling.bitPattern
        ]
    }
    try require(old == new, "the adapter is another one when it is read again")
  }

  /// A whole model: the configuration in the metadata, the tokenizer, every weight.
  private static let backboneGGUF = FuzzTarget("backbone-gguf", mutator: GGUFMutator.mutate) { bytes in
    let url = Scratch.file("backbone.gguf", bytes)
    let backbone = try Backbone(
      contentsOf: url, options: ComputeOptions(backend: .reference, threads: 1), checks: .anew)
    try useTokenizer(backbone.tokenizer)
    _ = try? ConversationTemplate.recognized(inGGUF: url)
    let ids = (0..<3).map { Int32($0 % backbone.configuration.vocabularySize) }
    _ = try? backbone.embed(ids)
  }

  /// Reads some texts with a tokenizer; its ids are those of its vocabulary, and they can be turned into text.
  static func useTokenizer(_ tokenizer: Tokenizer?) throws {
    guard let tokenizer else { return }
    for text in ["Hello, world 12", "", " \n\té\u{1F468}\u{200D}\u{1F469}", "<|im_start|>user</s>", "不好"] {
      for parses in [true, false] {
        let ids = tokenizer.encode(text, parsingSpecialTokens: parses)
        _ = tokenizer.decode(ids)
        try require(ids.allSatisfy { $0 >= 0 }, "a token id below 0")
      }
    }
  }
}
