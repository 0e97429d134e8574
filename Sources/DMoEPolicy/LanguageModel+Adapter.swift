import DMoECore
public import DMoEModel
public import Foundation

/// What a policy is tuned by: a LoRA adapter beside the frozen layers, in the folders of Python's PEFT.
extension LanguageModel {
  /// Puts on an adapter from a PEFT folder, such as one of task type `CAUSAL_LM`, or from a GGUF file of llama.cpp's.
  ///
  /// - Throws: `ModelError.unsupportedAdapter`, `.adapterMismatch`; `CoreError` for missing, misshapen or left-over tensors
  ///   and broken files.
  public mutating func readAdapter(contentsOf folder: URL) throws {
    adapter = try LoRAAdapter(contentsOf: folder, for: backbone.configuration)
  }

  /// Puts on a fresh adapter, which changes nothing yet and is ready to be trained.
  ///
  /// - Throws: `ModelError.invalidSetting` for settings that no adapter can have, or none over this backbone.
  public mutating func beginAdapter(_ configuration: LoRAConfiguration, seed: UInt64) throws {
    adapter = try LoRAAdapter(fresh: configuration, for: backbone.configuration, seed: seed)
  }

  /// Writes the adapter as a folder of task type `CAUSAL_LM`, which Python's PEFT opens over the same backbone.
  ///
  /// - Throws: `PolicyError.noAdapter`; `ModelError.unsupportedAdapter` for an adapter of no layer; `CoreError.unwritableFile`.
  public func writeAdapter(to folder: URL) throws {
    guard let adapter else { throw PolicyError.noAdapter }
    try adapter.write(to: folder, backboneName: backbone.name, task: .causalLanguageModel)
  }

  /// Writes the adapter as a GGUF file, which llama.cpp puts on a model of the same weights (`--lora`).
  ///
  /// - Throws: `PolicyError.noAdapter`; `ModelError.unsupportedAdapter` for an adapter of no layer; `CoreError.unwritableFile`.
  public func writeAdapter(asGGUF url: URL) throws {
    guard let adapter else { throw PolicyError.noAdapter }
    try adapter.write(gguf: url, for: backbone.configuration, name: backbone.name)
  }

  /// The model before it was tuned: what a policy's divergence is measured from. Costs no memory.
  public var reference: LanguageModel {
    var result = self
    result.adapter = nil
    return result
  }

  /// The same model with the adapter's products added to the weights, and no adapter.
  ///
  /// - Throws: `CoreError.backendUnavailable`.
  public func merged() throws -> LanguageModel {
    guard let adapter else { return self }
    return LanguageModel(self, backbone: backbone.merging(adapter, compute))
  }
}
