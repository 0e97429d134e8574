import Foundation

/// The most memory that this process has held at once.
enum PeakMemory {
  /// In bytes.
  ///
  /// On Linux this is `VmHWM` of `/proc/self/status`. `ru_maxrss` is kept over `exec`, so that a child of a large process
  /// would tell its parent's.
  static var bytes: Double {
    if let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Double($0) })
    {
      return kilobytes * 1024
    }
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return Double(usage.ru_maxrss)
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return Double(usage.ru_maxrss) * 1024
    #endif
  }
}
