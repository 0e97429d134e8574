import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// A path that is no backbone is told of in one sentence that says what it is.
@Suite struct DownloadFaultTests {
  private static let pointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4665f8\nsize 988097824\n"

  /// What is said of a folder with these files, or of one of them.
  private static func fault(_ files: [String: String], file: String? = nil) throws -> String {
    try withTemporaryFolder { folder in
      for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
      return said(of: file.map { folder.appendingPathComponent($0) } ?? folder)
    }
  }

  private static func said(of url: URL) -> String {
    do {
      _ = try Backbone(contentsOf: url, options: ModelFixture.options(fastCompute))
      return "accepted"
    } catch ModelError.unreadableBackbone(_, let reason) {
      return reason
    } catch CoreError.malformedFile(_, let reason) { return "malformed: " + reason } catch { return "other: \(error)" }
  }

  @Test func filesOfOtherKindsAreNamed() throws {
    func only(_ name: String, _ text: String) throws -> String { try Self.fault([name: text], file: name) }
    #expect(try only("model.gguf", Self.pointer).contains("Git LFS pointer"))
    #expect(try only("model.gguf", "<!DOCTYPE html><html>").contains("web page"))
    #expect(try only("model.gguf", "").contains("is empty"))
    #expect(try only("model.gguf", "hello").contains("no GGUF file"))
    #expect(try only("model.safetensors", "12345678").contains("weights alone; name the folder"))
    #expect(try only("adapter_model.safetensors", "12345678").contains("adapter"))
    #expect(try only("pytorch_model.bin", "PK").contains("PyTorch"))
    #expect(try only("config.json", "{}").contains("one file of a model"))
    #expect(Self.said(of: URL(fileURLWithPath: "/nowhere/at/all")).contains("no such file or folder"))
  }

  @Test func foldersThatAreNoModelAreNamed() throws {
    #expect(try Self.fault([:]).contains("folder is empty"))
    #expect(try Self.fault(["dmoerm.json": "{}"]).contains("bundle"))
    #expect(try Self.fault(["adapter_config.json": "{}"]).contains("adapter and no model"))
    #expect(try Self.fault(["README.md": "x"]).contains("no config.json"))
    #expect(try Self.fault(["a.gguf": "x"]).contains("but a.gguf; name that file"))
    #expect(try Self.fault(["a.gguf": "x", "b.gguf": "x"]).contains("2 GGUF files; name one of them, such as a.gguf"))
  }

  @Test func weightsThatAreNotThereAreNamed() throws {
    let index = #"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#
    #expect(try Self.fault(["config.json": "{}"]).contains("no weights (model.safetensors)"))
    #expect(try Self.fault(["config.json": "{}", "pytorch_model.bin": "PK"]).contains("PyTorch's (pytorch_model.bin)"))
    #expect(try Self.fault(["config.json": Self.pointer]).contains("config.json: it is a Git LFS pointer"))
    #expect(
      try Self.fault(["config.json": "{}", "model.safetensors": Self.pointer]).contains(
        "model.safetensors: it is a Git LFS pointer"))
    #expect(
      try Self.fault(["config.json": "{}", "model.safetensors.index.json": index]).contains(
        "none of the 2 files of weights"))
    #expect(
      try Self.fault([
        "config.json": "{}", "model.safetensors.index.json": index, "model-00001-of-00002.safetensors": "x",
      ]).contains("1 of the 2 files of weights are missing, such as model-00002-of-00002.safetensors"))
    #expect(
      try Self.fault(["config.json": "{}", "model-00001-of-00002.safetensors": "x"]).contains(
        "neither model.safetensors nor model.safetensors.index.json"))
  }

  /// Cut anywhere, a file of weights says that it was cut.
  @Test func halfADownloadIsToldOf() throws {
    let fixture = try ClassifierFixture("llama")
    for share in [0.1, 0.5, 0.99] {
      try fixture.withFolder { folder in
        let file = folder.appendingPathComponent("model.safetensors")
        let whole = try Data(contentsOf: file)
        try whole.prefix(Int(Double(whole.count) * share)).write(to: file)
        #expect(Self.said(of: folder).contains("was the download broken off?"), "\(share)")
      }
    }
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("model.gguf")
      let whole = try ModelFixture.folder.data("llama/llama.f32.gguf")
      try whole.prefix(whole.count - 100).write(to: file)
      #expect(Self.said(of: file).contains("was the download broken off?"))
    }
  }
}
