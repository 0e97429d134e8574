import Logging

/// One line of the access log; no text of a prompt or a response is ever in it.
struct AccessLine {
  private let head: RequestHead
  /// The path as the server knows it: what a client made up is not repeated.
  var path = "unknown"
  var model: String?
  var responses: Int?
  var tokens: Int?
  var notes: [String] = []

  init(_ head: RequestHead) { self.head = head }

  func write(to logger: Logger, status: Int, seconds: Double) {
    var metadata: Logger.Metadata = [
      "id": "\(head.id)", "method": "\(head.method.rawValue)", "path": "\(path)", "status": "\(status)",
      "ms": "\(Double(Int(seconds * 10_000)) / 10)",
    ]
    if let model { metadata["model"] = "\(model)" }
    if let responses { metadata["responses"] = "\(responses)" }
    if let tokens { metadata["tokens"] = "\(tokens)" }
    if !notes.isEmpty { metadata["notes"] = "\(notes.joined(separator: ","))" }
    logger.log(level: status >= 500 ? .error : .info, "answered", metadata: metadata)
  }
}
