import Foundation
import HTTPTypes

/// The page at `/`: one file without links to anywhere.
enum ServedPage {
  /// The page's text; nil if it does not lie beside the program.
  static let html = read()

  /// The page; it may speak with this server alone, and no other page may frame it.
  static var answer: Answer {
    var answer = Answer(text: html ?? "", type: "text/html; charset=utf-8")
    let policy = [
      "default-src 'none'", "script-src 'unsafe-inline'", "style-src 'unsafe-inline'", "img-src data: blob:",
      "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ]
    answer.headers = [
      (.contentSecurityPolicy, policy.joined(separator: "; ")), (.xContentTypeOptions, "nosniff"),
      (.cacheControl, "no-cache"),
    ]
    return answer
  }

  private static func read() -> String? {
    // The package manager's own accessor would end the program if the folder is not there.
    let programs = [
      Bundle.main.executableURL?.resolvingSymlinksInPath(), Bundle.main.bundleURL.appendingPathComponent("x"),
    ]
    return programs.lazy.compactMap { program -> String? in
      guard let program else { return nil }
      let page = program.deletingLastPathComponent()
        .appendingPathComponent("DMoERMTools_DMoEServe.resources/Resources/page.html")
      return try? String(contentsOf: page, encoding: .utf8)
    }.first
  }
}
