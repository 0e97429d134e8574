import Foundation

extension Failure {
  /// What the system says of a file that it refused, in one sentence; `nil` for any other error.
  init?(system error: any Error) {
    if let error = error as? EncodingError {
      self.init("a figure is no finite number, and JSON has no others: \(error.place)")
      return
    }
    let facts = error as NSError
    guard [NSCocoaErrorDomain, NSPOSIXErrorDomain].contains(facts.domain) else { return nil }
    let path = facts.userInfo[NSFilePathErrorKey] as? String ?? (facts.userInfo[NSURLErrorKey] as? URL)?.path
    let cause = facts.userInfo[NSUnderlyingErrorKey] as? NSError ?? facts
    let reason =
      cause.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(cause.code))) : facts.localizedDescription
    let isRead = facts.domain == NSCocoaErrorDomain && Self.readErrors.contains(facts.code)
    let verb = isRead ? "read" : "write"
    self.init(
      path.map { "cannot \(verb) \($0): \(reason)" } ?? "a file cannot be \(isRead ? "read" : "written"): \(reason)",
      status: isRead ? .badInput : .failure)
  }

  /// Foundation's codes of errors that reading met.
  private static let readErrors = 256...511
}

extension EncodingError {
  /// Which value cannot be encoded.
  fileprivate var place: String {
    guard case .invalidValue(_, let context) = self else { return "a value" }
    return KeyPathText(context.codingPath).text
  }
}
