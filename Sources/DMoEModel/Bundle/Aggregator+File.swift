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
    func matrix(_ name: String, _ shape: [Int]) throws -> Matrix {
      let values = try reader.tensor(name, shape: shape).matrix()
      guard values.isFinite else { throw CoreError.nonFinite("\(name) of \(reader.path)") }
      return values
    }
    self.init(
      shift: try matrix("shift", [inputs]), scale: try matrix("scale", [inputs]),
      first: Linear(try matrix("first.weight", [width, inputs]), bias: try matrix("first.bias", [width])),
      slope: try matrix("slope", [1]),
      second: Linear(try matrix("second.weight", [1, width]), bias: try matrix("second.bias", [1])))
    try reader.finish()
  }

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
