import DMoECore
package import Foundation

extension ObjectiveGate {
  /// What a bundle says of a gate, beside its weights.
  package struct Record: Codable, Sendable {
    var temperature: Float
    var token: Int32
    var layers: Int
  }

  static let fileName = "gate.safetensors"

  var record: Record { Record(temperature: temperature, token: token, layers: layers.count) }

  /// Reads gate.safetensors.
  ///
  /// - Throws: `CoreError` for missing, misshapen or left-over tensors.
  package init(contentsOf url: URL, _ record: Record, objectives: Int, hiddenSize: Int) throws {
    let file = try SafetensorsFile(contentsOf: url)
    let reader = WeightReader(file)
    guard record.temperature > 0, record.temperature.isFinite, (1...1 << 10).contains(record.layers) else {
      throw ModelError.malformedBundle(
        path: url.path, reason: "its gate has \(record.layers) layers and the temperature \(record.temperature)")
    }
    var width = hiddenSize
    let layers = try (0..<record.layers).map { place in
      let outputs = try file.tensor(named: "layers.\(place).bias").count
      defer { width = outputs }
      return Linear(
        try reader.matrix("layers.\(place).weight", shape: [outputs, width]),
        bias: try reader.matrix("layers.\(place).bias", shape: [outputs]))
    }
    guard width == objectives else {
      throw ModelError.malformedBundle(path: url.path, reason: "its gate weighs \(width) of \(objectives) objectives")
    }
    self.init(
      layers: layers, transform: try reader.matrix("transform", shape: [objectives, objectives]),
      temperature: record.temperature, scale: try reader.matrix("scale", shape: [1])[0, 0], token: record.token)
    try reader.finish()
  }

  /// Writes the tensors as a safetensors file.
  package func write(to url: URL) throws {
    var tensors: [(name: String, shape: [Int], values: Matrix)] = [
      ("transform", [transform.rows, transform.columns], transform), ("scale", [1], Matrix(row: [scale])),
    ]
    for (place, layer) in layers.enumerated() {
      tensors.append(("layers.\(place).weight", [layer.outputs, layer.inputs], layer.dense()))
      tensors.append(
        ("layers.\(place).bias", [layer.outputs], layer.bias?.value ?? Matrix(zeros: 1, layer.outputs)))
    }
    try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: url)
  }
}
