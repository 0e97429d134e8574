import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Other settings for the same weights, against transformers and peft (Fixtures/models/README.md).
@Suite struct VariantParityTests {
  struct Variant: Sendable, CustomTestStringConvertible {
    var name: String
    var backbone: String
    var changes: JSONObject
    var removed: [String]
    var dropped: [String]
    var ids: [Int32]
    var final: [Float]

    var testDescription: String { name }

    init(_ value: JSONValue) throws {
      let members = try #require(value.object)
      name = try #require(members["name"]?.string)
      backbone = members["backbone"]?.string ?? "llama"
      changes = try #require(members["set"]?.object)
      removed = try #require(members["removed"]?.strings)
      dropped = members["dropped"]?.strings ?? []
      ids = try #require(members["ids"]?.array).compactMap(\.int).map { Int32($0) }
      final = try #require(members["final"]?.array).compactMap(\.double).map { Float($0) }
    }

    /// The members of a file with the changes, in order.
    func edit(_ url: URL) throws {
      var members = try #require(try JSONReader.value(of: Data(contentsOf: url)).object)
      for key in changes.keys { members = members.setting(key, changes[key] ?? .null) }
      let texts = members.keys.filter { !removed.contains($0) }.map { "\"\($0)\": \(json(members[$0] ?? .null))" }
      try Data("{\(texts.joined(separator: ", "))}".utf8).write(to: url)
    }

    private func json(_ value: JSONValue) -> String {
      switch value {
      case .string(let text): "\"\(text.replacingOccurrences(of: "\\", with: "\\\\"))\""
      case .array(let values): "[\(values.map(json).joined(separator: ", "))]"
      case .object(let members):
        "{\(members.keys.map { "\"\($0)\": \(json(members[$0] ?? .null))" }.joined(separator: ", "))}"
      default: "\(value)"
      }
    }
  }

  static func variants(_ file: String) throws -> [Variant] {
    let value = try JSONReader.value(of: ModelFixture.folder.data("variants/\(file)"))
    return try #require(value.array).map { try Variant($0) }
  }

  @Test(arguments: try variants("configurations.json"))
  func configurationGivesTheStatesOfTransformers(variant: Variant) throws {
    try ModelFixture.folder.withCopy(of: variant.backbone) {
      try variant.edit($0.appendingPathComponent("config.json"))
    } _: { folder in
      expectClose(
        try Backbone(contentsOf: folder).hiddenState(ofLast: variant.ids), variant.final, 1e-4, variant.name)
    }
  }

  @Test(arguments: try variants("adapters.json"))
  func adapterGivesTheStatesOfPeft(variant: Variant) throws {
    let backbone = try ModelFixture.backbone("llama")
    try ModelFixture.folder.withCopy(of: "llama/adapters/qv-causal") { folder in
      try variant.edit(folder.appendingPathComponent("adapter_config.json"))
      let tensors = try ModelFixture.tensors("llama/adapters/qv-causal/adapter_model.safetensors").filter { tensor in
        !variant.dropped.contains { tensor.key.contains(".layers.\($0)") }
      }
      try SafetensorsWriter.write(
        tensors.map { ($0.key, [$0.value.rows, $0.value.columns], $0.value) },
        to: folder.appendingPathComponent("adapter_model.safetensors"))
    } _: { folder in
      let adapter = try LoRAAdapter(contentsOf: folder, for: backbone.configuration)
      expectClose(
        try backbone.hiddenState(ofLast: variant.ids, adapter: adapter), variant.final, 1e-4, variant.name)
    }
  }
}
