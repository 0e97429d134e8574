import Foundation

/// The source of a service's key; the key itself is asked for with every request and kept nowhere.
public struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let source: String
  private let read: @Sendable () async throws -> String

  /// A key that a closure gives, for instance from a keychain; it is called for every request.
  public init(_ read: @escaping @Sendable () async throws -> String) {
    source = "its closure"
    self.read = read
  }

  private init(source: String, read: @escaping @Sendable () async throws -> String) {
    self.source = source
    self.read = read
  }

  /// The key in a variable of the environment.
  public static func environment(_ name: String) -> APIKey {
    APIKey(source: "the environment variable \(name)") { ProcessInfo.processInfo.environment[name] ?? "" }
  }

  /// Always `APIKey(***)`.
  public var description: String { "APIKey(***)" }
  /// Always `APIKey(***)`.
  public var debugDescription: String { description }
  /// Shows nothing, so that `dump` and debuggers do not either.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// The key, without white space around it.
  ///
  /// - Throws: `CompletionError.keyUnavailable` if there is none, or none that a header can carry;
  ///   `CancellationError`.
  func value() async throws -> String {
    let key: String
    do {
      key = try await read()
    } catch let error as CancellationError {
      throw error
    } catch {
      // The closure's own error may quote the key.
      throw CompletionError.keyUnavailable(source: source)
    }
    let trimmed = key.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw CompletionError.keyUnavailable(source: source)
    }
    return trimmed
  }
}
