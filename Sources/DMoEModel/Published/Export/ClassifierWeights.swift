import DMoECore
import Foundation

/// The weights of a classifier: a backbone's with an adapter added, in f32, and one row for a head.
struct ClassifierWeights {
  let source: any ExportSource
  let adapter: LoRAAdapter
  let depth: Int
  /// The adapted layers by the names of their weights.
  private let modules: [String: LoRAModule]

  /// Shards are begun anew beyond this many bytes, so that a large model is never in memory as a whole.
  private static let shardBytes = 1 << 30

  init(source: any ExportSource, model: Backbone, adapter: LoRAAdapter, depth: Int) {
    self.source = source
    self.adapter = adapter
    self.depth = depth
    var modules: [String: LoRAModule] = [:]
    adapter.forEachModule { layer, projection, module in
      if layer < depth { modules["layers.\(layer).\(projection.path).weight"] = module }
    }
    self.modules = modules
  }

  /// Writes model.safetensors, or shards with their index.
  ///
  /// - Throws: `ModelError.inexpressible` for an adapted layer that the files do not have by itself;
  ///   `CoreError.unwritableFile`.
  func write(head: Matrix, to folder: URL, _ compute: Compute) throws {
    let names = try source.tensorNames(depth: depth)
    if let stranger = modules.keys.sorted().first(where: { !names.contains($0) }) {
      throw ModelError.inexpressible(
        "its adapter changes \(stranger), which the backbone's files do not have by itself")
    }
    var shards: [[String]] = []
    var shard: [(name: String, shape: [Int], values: Matrix)] = [("score.weight", [1, head.columns], head)]
    var (bytes, total) = (head.count * 4, head.count * 4)
    func finish() throws {
      let url = folder.appendingPathComponent(Self.temporaryName(shards.count))
      try SafetensorsWriter.write(shard, metadata: ["format": "pt"], to: url)
      shards.append(shard.map(\.name))
      (shard, bytes) = ([], 0)
    }
    for name in names {
      let (values, shape) = try merged(name, compute)
      let size = values.count * MemoryLayout<Float>.stride
      if bytes + size > Self.shardBytes, !shard.isEmpty { try finish() }
      shard.append(("model." + name, shape, values))
      bytes += size
      total += size
    }
    try finish()
    try name(shards, total: total, in: folder)
  }

  private func merged(_ name: String, _ compute: Compute) throws -> (values: Matrix, shape: [Int]) {
    var (values, shape) = try source.tensor(name)
    modules[name]?.add(to: &values, compute)
    return (values, shape)
  }

  private static func temporaryName(_ place: Int) -> String { "shard-\(place).safetensors" }

  /// Gives the files the names they have once it is known how many there are.
  private func name(_ shards: [[String]], total: Int, in folder: URL) throws {
    func digits(_ number: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }
    var map: [String: String] = [:]
    for (place, names) in shards.enumerated() {
      let name =
        shards.count == 1
        ? "model.safetensors" : "model-\(digits(place + 1))-of-\(digits(shards.count)).safetensors"
      try FileManager.default.moveItem(
        at: folder.appendingPathComponent(Self.temporaryName(place)), to: folder.appendingPathComponent(name))
      for tensor in names { map[tensor] = name }
    }
    guard shards.count > 1 else { return }
    try AtomicFile<CoreError>.write(
      try ClassifierConfigurationFile.json(["metadata": ["total_size": total], "weight_map": map]),
      to: folder.appendingPathComponent("model.safetensors.index.json"))
  }
}

extension LoRAModule {
  /// Adds what it adds to its layer to the layer's own weights. Shapes: [outputs, inputs].
  func add(to weights: inout Matrix, _ compute: Compute) {
    compute.add(compute.product(b.value, a.value), scale: scaling, to: &weights)
  }
}
