import Foundation

extension URL {
  /// Where the path of a file or folder leads to, with links followed, whether or not it is there yet.
  var place: String {
    deletingLastPathComponent().resolvingSymlinksInPath().appendingPathComponent(lastPathComponent)
      .resolvingSymlinksInPath().standardizedFileURL.path
  }
}
