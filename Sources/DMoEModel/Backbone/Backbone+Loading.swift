public import DMoECore
public import Foundation

extension Backbone {
  /// Reads a GGUF file or a Hugging Face folder.
  ///
  /// - Parameters:
  ///   - url: The file, of a split one the first part; or the folder.
  ///   - options: The backend, threads and precision to compute with.
  ///   - checks: Whether the hash of the same files is taken as an earlier start found it.
  /// - Throws: `ModelError.unreadableBackbone`, `.unsupportedArchitecture`, `.unsupportedSetting`,
  ///   `.invalidConfiguration`; `CoreError` for a missing, misshapen or left-over tensor and for broken files;
  ///   `TokenizerError` for a tokenizer that is not implemented.
  public init(
    contentsOf url: URL, options: ComputeOptions = ComputeOptions(), checks: StartChecks = .remembered
  ) throws {
    let compute = try Compute(options)
    try DownloadFault.check(url)
    if url.isFolder {
      try self.init(huggingFaceFolder: url, compute: compute, checks: checks)
    } else {
      try self.init(gguf: url, compute: compute, checks: checks)
    }
    location = url
  }
}
