import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// What a start takes from an earlier one, and what it does not.
@Suite struct StartCheckTests {
  private static let options = ModelFixture.options(fastCompute)

  /// A backbone whose facts are kept although its file is small, a copy in a folder of the test.
  private static func backbone(_ folder: URL) throws -> Backbone {
    let file = folder.appendingPathComponent("tiny.gguf")
    if !FileManager.default.fileExists(atPath: file.path) {
      try FileManager.default.copyItem(at: ModelFixture.folder.url("llama/llama.f32.gguf"), to: file)
    }
    var backbone = try Backbone(contentsOf: file, options: options)
    #expect(backbone.fileFacts == nil)
    backbone.fileFacts = FileFacts(
      of: [file], [try #require(FileIdentity(of: file))], fallback: nil, now: { Date(timeIntervalSinceNow: 3600) })
    return backbone
  }

  /// Another last norm: the recorded rewards are no longer right.
  private static func spoiled(_ backbone: Backbone) -> Backbone {
    var backbone = backbone
    backbone.finalNorm.value.withMutableElements { for i in $0.indices { $0[i] *= i % 2 == 0 ? 3 : -2 } }
    return backbone
  }

  private static func read(
    _ bundle: URL, _ backbone: Backbone, goldens: GoldenCheck = .shortest, checks: StartChecks = .remembered
  ) throws {
    _ = try RewardModel(contentsOf: bundle, backbone: backbone, options: options, goldens: goldens, checks: checks)
  }

  @Test func goldenTextsThatWereRightAreNotScoredAgainUnlessAsked() throws {
    try withTemporaryFolder { folder in
      let bundle = folder.appendingPathComponent("a.dmoerm")
      let backbone = try Self.backbone(folder)
      let spoiled = Self.spoiled(backbone)
      try TinyModel.model(backbone: backbone).write(to: bundle)
      #expect(throws: ModelError.self) { try Self.read(bundle, spoiled) }
      try Self.read(bundle, backbone)
      #expect(throws: Never.self) { try Self.read(bundle, spoiled) }
      #expect(throws: ModelError.self) { try Self.read(bundle, spoiled, checks: .anew) }
      // That the shortest is right says nothing of the others.
      #expect(throws: ModelError.self) { try Self.read(bundle, spoiled, goldens: .all) }
    }
  }

  @Test func aBundleThatWasChangedIsCheckedAgain() throws {
    try withTemporaryFolder { folder in
      let bundle = folder.appendingPathComponent("a.dmoerm")
      let backbone = try Self.backbone(folder)
      try TinyModel.model(backbone: backbone).write(to: bundle)
      try Self.read(bundle, backbone)
      try editJSON(bundle.appendingPathComponent("dmoerm.json")) { $0["provenance"] = ["data": "other"] }
      #expect(throws: ModelError.self) { try Self.read(bundle, Self.spoiled(backbone)) }
    }
  }

  @Test func aBundleWithoutTheRecordedTokensIsRefusedEvenIfItIsKnown() throws {
    try withTemporaryFolder { folder in
      let bundle = folder.appendingPathComponent("a.dmoerm")
      let backbone = try Self.backbone(folder)
      try TinyModel.model(backbone: backbone).write(to: bundle)
      try editJSON(bundle.appendingPathComponent("dmoerm.json")) { fields in
        guard var goldens = fields["goldens"] as? [[String: Any]] else { return }
        goldens[0]["ids"] = [1, 2, 3]
        fields["goldens"] = goldens
      }
      for _ in 0..<2 { #expect(throws: ModelError.self) { try Self.read(bundle, backbone) } }
    }
  }

  @Test func aFingerprintIsTakenFromTheRecordOfTheSameFileOnly() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("weights")
      try Data("one".utf8).write(to: file)
      func facts() throws -> FileFacts {
        FileFacts(
          of: [file], [try #require(FileIdentity(of: file))], fallback: nil, now: { Date(timeIntervalSinceNow: 3600) })
      }
      let one = try FileFingerprint.text(of: [file], facts(), .remembered)
      #expect(one == (try FileFingerprint(of: [file]).text))
      try facts().remember("fingerprint", "remembered")
      #expect(try FileFingerprint.text(of: [file], facts(), .remembered) == "remembered")
      #expect(try FileFingerprint.text(of: [file], facts(), .anew) == one)
      #expect(try FileFingerprint.text(of: [file], facts(), .remembered) == one)
      try facts().remember("fingerprint", "remembered")
      try Data("two".utf8).write(to: file)
      let two = try FileFingerprint(of: [file]).text
      #expect(try FileFingerprint.text(of: [file], facts(), .remembered) == two)
    }
  }

  /// The library's own small files are hashed sooner than a record is read, and nothing is written beside them.
  @Test func nothingIsKeptAboutSmallFiles() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("tiny.gguf")
      try FileManager.default.copyItem(at: ModelFixture.folder.url("llama/llama.f32.gguf"), to: file)
      _ = try Backbone(contentsOf: file, options: Self.options, checks: .anew)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["tiny.gguf"])
    }
  }
}
