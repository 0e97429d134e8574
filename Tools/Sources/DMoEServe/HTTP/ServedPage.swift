import Foundation

/// The page at `/`: one file without links to anywhere.
enum ServedPage {
  /// The page's text; nil if it does not lie beside the program.
  static let html = read()

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
