import DMoECore
package import Foundation

extension Router {
  /// Reads router.safetensors and, if the router has an adapter of its own, the folder router-adapter beside it.
  package init(
    folder: URL, categories: Int, backbone: BackboneConfiguration, configuration: RouterConfiguration
  ) throws {
    let reader = WeightReader(try SafetensorsFile(contentsOf: folder.appendingPathComponent(Self.fileName)))
    let features = configuration.features(backbone.hiddenSize)
    self.init(
      configuration, shift: try reader.matrix("shift", shape: [features]),
      scale: try reader.matrix("scale", shape: [features]),
      head: Linear(
        try reader.matrix("head.weight", shape: [categories, features]),
        bias: try reader.matrix("head.bias", shape: [categories])),
      adapter: configuration.adapter != nil
        ? try LoRAAdapter(contentsOf: folder.appendingPathComponent(Self.adapterName), for: backbone) : nil)
    try reader.finish()
  }

  /// Writes the router's file, and its adapter's folder if it has one, into a bundle's folder.
  package func write(to folder: URL, backboneName: String) throws {
    let tensors: [(name: String, shape: [Int], values: Matrix)] = [
      ("shift", [shift.count], shift), ("scale", [scale.count], scale),
      ("head.weight", [head.outputs, head.inputs], head.dense()),
      ("head.bias", [head.outputs], head.bias?.value ?? Matrix(zeros: 1, head.outputs)),
    ]
    try SafetensorsWriter.write(
      tensors, metadata: ["format": "pt"], to: folder.appendingPathComponent(Self.fileName))
    try adapter?.write(
      to: folder.appendingPathComponent(Self.adapterName), head: nil, backboneName: backboneName)
  }

  static let fileName = "router.safetensors"
  static let adapterName = "router-adapter"
}
