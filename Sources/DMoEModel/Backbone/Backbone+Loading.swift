public import DMoECore
public import Foundation

extension Backbone {
  /// Reads a GGUF file or a Hugging Face folder.
  ///
  /// - Throws: `ModelError.unreadableBackbone`, `.unsupportedArchitecture`, `.unsupportedSetting`,
  ///   `.invalidConfiguration`; `CoreError` for a missing, misshapen or left-over tensor and for broken files;
  ///   `TokenizerError` for a tokenizer that is not implemented.
  public init(contentsOf url: URL, options: ComputeOptions = ComputeOptions()) throws {
    let compute = try Compute(options)
    try DownloadFault.check(url)
    if url.isFolder {
      try self.init(huggingFaceFolder: url, compute: compute)
    } else {
      try self.init(gguf: url, compute: compute)
    }
    location = url
  }
}
