import DMoECore
import Foundation
import Testing

/// The files that Scripts/fixtures/make_weight_files.py writes.
enum WeightFixtures {
  static func url(_ name: String) throws -> URL {
    let root = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return root.appendingPathComponent("Weights").appendingPathComponent(name)
  }

  static func data(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }

  /// The floats of `name.expected.f32`.
  static func expected(_ name: String) throws -> [Float] {
    let bytes = try data("\(name).expected.f32")
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
    }
  }
}

/// A folder for the files of one test, removed with it.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String, _ data: Data = Data()) throws -> URL {
    let file = url.appendingPathComponent(name)
    if !data.isEmpty { try data.write(to: file) }
    return file
  }

  var contents: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
}

/// The splitmix64 sequence: the same damage in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension Array where Element == Float {
  /// Equality that tells 0 from -0.
  var bits: [UInt32] { map(\.bitPattern) }
}

/// The reason of the `malformedFile` that `body` must throw.
func malformedReason<T>(_ body: () throws -> T, sourceLocation: SourceLocation = #_sourceLocation) -> String {
  do {
    _ = try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch CoreError.malformedFile(_, let reason) {
    return reason
  } catch {
    Issue.record("another error was thrown: \(error)", sourceLocation: sourceLocation)
  }
  return ""
}
