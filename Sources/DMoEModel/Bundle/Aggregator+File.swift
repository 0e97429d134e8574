import DMoECore
package import Foundation

extension Aggregator {
  /// Reads aggregator.safetensors.
  ///
  /// - Throws: `CoreError` for missing, misshapen or left-over tensors.
  package init(contentsOf url: URL, inputs: Int) throws {
    let file = try SafetensorsFile(contentsOf: url)
    let reader = WeightReader(file)
    let width = try file.tensor(named: "first.bias").count
    self.init(
      shift: try reader.matrix("shift", shape: [inputs]), scale: try reader.matrix("scale", shape: [inputs]),
      first: Linear(
        try reader.matrix("first.weight", shape: [width, inputs]), bias: try reader.matrix("first.bias", shape: [width])
      ),
      slope: try reader.matrix("slope", shape: [1]),
      second: Linear(
        try reader.matrix("second.weight", shape: [1, width]), bias: try reader.matrix("second.bias", shape: [1])))
    try reader.finish()
  }

  /// Writes the tensors as a safetensors file.
  package func write(to url: URL) throws {
    let tensors: [(name: String, shape: [Int], values: Matrix)] = [
      ("shift", [inputs], shift), ("scale", [inputs], scale), ("first.weight", [width, inputs], first.dense()),
      ("first.bias", [width], first.bias?.value ?? Matrix(zeros: 1, width)), ("slope", [1], slope.value),
      ("second.weight", [1, width], second.dense()),
      ("second.bias", [1], second.bias?.value ?? Matrix(zeros: 1, 1)),
    ]
    try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: url)
  }
}
