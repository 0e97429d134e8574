@_spi(Command) import DMoERM
import Foundation
import Logging
import Testing

@testable import DMoEServe

/// Tiny models behind a server on loopback that has time.
struct ServeFixture: Sendable {
  let server: RewardServer
  let model: RewardModel

  /// The library's tiny backbone.
  static let backbone = Result {
    try Backbone(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Tests/DMoEModelTests/Fixtures/models/llama/llama.f32.gguf"),
      options: ComputeOptions(threads: 1))
  }

  static let taxonomy: Taxonomy = {
    let points = [CapabilityPoint(id: "empathy"), CapabilityPoint(id: "style")]
    return (try? Taxonomy([TaskCategory(id: "chat", points: points), TaskCategory(id: "code")])) ?? .single
  }()

  static func model(seed: UInt64 = 7, edit: (inout RewardModel.Configuration) -> Void = { _ in }) throws -> RewardModel
  {
    var configuration = RewardModel.Configuration(
      taxonomy: taxonomy, base: LoRAConfiguration(rank: 2, dropout: 0), expert: LoRAConfiguration(rank: 2, dropout: 0),
      maximumTokens: 128)
    configuration.lengthPolicy = .error
    edit(&configuration)
    return try RewardModel.randomized(
      configuration: configuration, backbone: try backbone.get(), seed: seed, options: ComputeOptions(threads: 1))
  }

  /// A model by a name, read from a bundle in a folder.
  static func source(_ model: RewardModel, named name: String, in folder: URL) throws -> ModelSource {
    let bundle = folder.appendingPathComponent(name + ".dmoerm")
    try model.write(to: bundle)
    return ModelSource(name: name, bundle: bundle) { loaded in
      try RewardModel(
        contentsOf: bundle, backbone: try loaded.first ?? backbone.get(), options: ComputeOptions(threads: 1),
        goldens: .none)
    }
  }

  init(
    _ model: RewardModel? = nil, temperature: Float = 2, folder: ServeFolder,
    settings edit: (inout ServeSettings) -> Void = { _ in }
  ) throws {
    var model = try model ?? Self.model()
    model.temperature = temperature
    var settings = ServeSettings()
    settings.port = 0
    settings.limits.readSeconds = ServeLimits.mostSeconds
    settings.limits.requestSeconds = ServeLimits.mostSeconds
    settings.limits.stopSeconds = ServeLimits.mostSeconds
    edit(&settings)
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    server = try RewardServer([try Self.source(model, named: "tiny", in: folder.url)], settings, logger: logger)
    // What the server has, as it was read back.
    self.model = server.service.registry.all[0].model
  }

  /// Runs a test with a client of the server.
  func test(_ body: (ServeClient) async throws -> Void) async throws { try await server.test(body) }
}

/// A folder that is gone afterwards.
final class ServeFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-serve-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

extension JSONTree {
  /// The numbers of a list.
  var numbers: [Double] { array?.compactMap(\.double) ?? [] }
}

/// Whether numbers are the same but for rounding of other groupings.
func agree(_ found: [Double], _ expected: [Float], _ tolerance: Double = 1e-5) -> Bool {
  found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - Double($1)) <= tolerance }
}

/// Waits for what another task does.
///
/// - Throws: `CancellationError` when a test's time is over (`endsSomeday`).
func until(_ holds: () async throws -> Bool) async throws {
  while !(try await holds()) {
    try Task.checkCancellation()
    await Task.yield()
  }
}

extension Trait where Self == TimeLimitTrait {
  /// For tests that wait for what may never come if the server is wrong: no machine is so busy.
  static var endsSomeday: Self { .timeLimit(.minutes(60)) }
}
