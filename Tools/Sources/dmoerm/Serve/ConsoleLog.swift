@_spi(Command) import DMoERM
import Foundation
import Logging

/// Log lines on standard error, each with its time and facts as name=value.
struct ConsoleLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let facts = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    let text = facts.map { "\($0.key)=\(Self.word("\($0.value)"))" }
    Console.error.print(([time, event.level.rawValue, "\(event.message)"] + text).joined(separator: " "))
  }

  /// A value that no other one can be taken for.
  private static func word(_ value: String) -> String {
    value.contains(where: { $0 == " " || $0 == "\"" || $0.isNewline }) ? "\"\(value.onOneLine)\"" : value
  }
}
