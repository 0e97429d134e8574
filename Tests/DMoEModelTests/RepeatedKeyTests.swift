import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// A file in which an object has a key twice means something else to every program: no reader of ours picks one.
@Suite struct RepeatedKeyTests {
  /// What reading a copy of a folder says once `member` stands at the beginning of one of its files, too.
  private func error(_ folder: String, _ file: String, _ member: String, _ read: (URL) throws -> Void) throws -> String
  {
    try ModelFixture.folder.withCopy(of: folder) { copy in
      let url = copy.appendingPathComponent(file)
      let text = try String(contentsOf: url, encoding: .utf8)
      let start = try #require(text.firstIndex(of: "{"))
      try Data(("{" + member + "," + text[text.index(after: start)...]).utf8).write(to: url)
    } _: { copy in
      do {
        try read(copy)
        return "nothing was thrown"
      } catch { return "\(error)" }
    }
  }

  @Test func aConfigurationNamesTheKey() throws {
    let message = try error("llama", "config.json", #""hidden_size": 7"#) { _ = try Backbone(contentsOf: $0) }
    #expect(message.contains(#"the key "hidden_size" stands twice"#), "\(message)")
  }

  @Test func anAdapterNamesTheKey() throws {
    let folder = "llama/adapters/\(try adapterName())"
    let message = try error(folder, "adapter_config.json", #""r": 7"#) {
      _ = try PEFTConfiguration(contentsOf: $0.appendingPathComponent("adapter_config.json"))
    }
    #expect(message.contains(#"the key "r" stands twice"#), "\(message)")
  }

  private func adapterName() throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: ModelFixture.folder.url("llama/adapters").path)
    return try #require(names.min())
  }

  @Test func aTokenizerNamesTheKey() throws {
    let message =
      #expect(throws: TokenizerError.self) {
        try TokenizerFixture.edited("gpt2") { text in
          text.replacingOccurrences(of: #""vocab":{"#, with: #""vocab":{"a":1,"#)
        }
      }.map { "\($0)" } ?? ""
    #expect(message.contains(#"the key "model.vocab.a" stands twice"#), "\(message)")
  }
}
