@_spi(Command) import DMoERM

/// Products alone: one shape at a time, and all of a backbone's in a row.
enum ProductBenchmarks {
  /// SmolLM2-135M's linear layers: query and output, key and value, gate and up, down.
  static let shapes = [(576, 576), (192, 576), (1536, 576), (576, 1536)]
    .map { ComputeProbe.Shape(outputs: $0.0, inputs: $0.1) }
  static let rows = [16, 256, 1024]
  /// How long OpenBLAS's threads may spin after their last product.
  static let rest = 0.1

  static func products(_ engines: Engines) -> [Benchmark] {
    shapes.flatMap { shape in
      rows.map { rows in
        Benchmark(
          item: "gemm/\(shape.outputs)x\(shape.inputs)/\(rows)", unit: .gigaflops,
          work: 2 * Double(rows * shape.outputs * shape.inputs)
        ) {
          try engines.all.map { engine in
            var probe = try ComputeProbe([shape], rows: rows, options: engine.options)
            return Contender(engine.name) { try probe.run() }
          } + pool(engines, [shape], rows)
        }
      }
    }
  }

  /// The linear layers of the backbone with nothing between them, for every engine: what the products leave of a forward
  /// pass. The weights are as many as the backbone's, and lie in memory of the same kind.
  static func chains(_ engines: Engines, rows: Int) throws -> [Contender] {
    // Where weights stay in a file, the products read that file.
    let probed = engines.all.filter { $0.name != .reference && $0.file == nil }
    guard let first = probed.first else { return [] }
    let shapes = layerShapes(try engines.backbone(first).configuration)
    return try probed.map { engine in
      var probe = try ComputeProbe(shapes, rows: rows, options: engine.options)
      return Contender(.chain(engine.name)) { try probe.run() }
    } + pool(engines, shapes, rows)
  }

  /// Two for every weight of the backbone's linear layers and every row.
  static func operations(_ engines: Engines, rows: Int) throws -> Double? {
    guard let first = engines.all.first else { return nil }
    let shapes = layerShapes(try engines.backbone(first).configuration)
    return shapes.reduce(0) { $0 + 2 * Double($1.outputs * $1.inputs) } * Double(rows)
  }

  /// The bare `cblas_sgemm` on OpenBLAS's own threads.
  private static func pool(_ engines: Engines, _ shapes: [ComputeProbe.Shape], _ rows: Int) throws -> [Contender] {
    guard let engine = engines.all.first(where: { $0.name == .openBLAS }) else { return [] }
    var probe = try ComputeProbe(shapes, rows: rows, options: engine.options)
    return [Contender(.pool(engine.name), rest: rest) { try probe.run(.openBLASPool) }]
  }

  private static func layerShapes(_ configuration: BackboneConfiguration) -> [ComputeProbe.Shape] {
    let (hidden, inner) = (configuration.hiddenSize, configuration.feedForwardSize)
    let queries = configuration.heads * configuration.headSize
    let keys = configuration.keyValueHeads * configuration.headSize
    let layer = [
      (queries, hidden), (keys, hidden), (keys, hidden), (hidden, queries), (inner, hidden), (inner, hidden),
      (hidden, inner),
    ].map { ComputeProbe.Shape(outputs: $0.0, inputs: $0.1) }
    return (0..<configuration.layerCount).flatMap { _ in layer }
  }
}
