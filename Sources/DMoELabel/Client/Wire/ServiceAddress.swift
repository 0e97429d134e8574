import Foundation

/// The rule that makes the address of chat completions out of a base URL.
enum ServiceAddress {
  /// `{base}/chat/completions`, or `{base}/v1/chat/completions` if the base has no path; a base that already ends in
  /// `/chat/completions` stays. A slash at the end does not matter, a query is kept.
  ///
  /// - Throws: `CompletionError.invalidBaseURL`.
  static func completions(base: URL) throws(CompletionError) -> URL {
    guard var parts = URLComponents(url: base, resolvingAgainstBaseURL: true),
      let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme)
    else { throw .invalidBaseURL(reason: "does not begin with http:// or https://") }
    guard let host = parts.host, !host.isEmpty else { throw .invalidBaseURL(reason: "names no host") }
    guard parts.user == nil, parts.password == nil else {
      throw .invalidBaseURL(reason: "must not hold a user or password")
    }
    var path = parts.percentEncodedPath
    while path.hasSuffix("/") { path.removeLast() }
    if path.isEmpty { path = "/v1" }
    if !path.hasSuffix("/chat/completions") { path += "/chat/completions" }
    parts.percentEncodedPath = path
    parts.fragment = nil
    guard let url = parts.url else { throw .invalidBaseURL(reason: "is not a URL") }
    return url
  }
}
