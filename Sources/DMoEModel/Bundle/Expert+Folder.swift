import DMoECore
package import Foundation

extension Expert {
  /// The file of a bare expert's folder.
  static let headFileName = "head.safetensors"
  /// The folder of a category's base.
  static let baseName = "base"

  /// Reads a PEFT folder with its value head, [1, state size]: of the hidden size, if none is given.
  package init(
    contentsOf folder: URL, for backbone: BackboneConfiguration, stateSize: Int? = nil
  ) throws {
    let (adapter, head) = try LoRAAdapter.read(
      folder, for: backbone, stateSize: stateSize ?? backbone.hiddenSize)
    guard let head else {
      throw ModelError.malformedBundle(path: folder.path, reason: "the adapter has no value head (score.weight)")
    }
    self.init(adapter: adapter, head: ValueHead(head))
  }

  /// Reads the folder of a bare expert: its value head, [1, state size], and no adapter.
  init(bare folder: URL, for backbone: BackboneConfiguration, stateSize: Int) throws {
    let reader = WeightReader(try SafetensorsFile(contentsOf: folder.appendingPathComponent(Self.headFileName)))
    let head = try reader.matrix("score.weight", shape: [1, stateSize])
    try reader.finish()
    self.init(adapter: LoRAAdapter(layerCount: backbone.layerCount), head: ValueHead(head))
  }

  /// Writes adapter and head as a folder that Python's PEFT opens; of a bare expert, the head as safetensors.
  package func write(to folder: URL, backboneName: String) throws {
    guard !isBare else {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try SafetensorsWriter.write(
        [("score.weight", [1, head.weight.value.columns], head.weight.value)], metadata: ["format": "pt"],
        to: folder.appendingPathComponent(Self.headFileName))
      return
    }
    try adapter.write(to: folder, head: head.weight.value, backboneName: backboneName)
  }
}
