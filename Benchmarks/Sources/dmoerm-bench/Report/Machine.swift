import Foundation

/// Where it was measured.
struct Machine: Codable, Equatable {
  /// The brand, which a virtual machine may keep to itself.
  let cpu: String
  /// What the CPU is made like, such as `Zen 4`; nil for one that is not in the table, and in files of before.
  let microarchitecture: String?
  let cores: Int
  let system: String
  /// Processes that wanted to run in the minute before: above 0 on a machine that is not idle, and then times wander.
  let load: Double?

  static var current: Machine {
    var load = [0.0]
    return Machine(
      cpu: cpuName ?? "unknown", microarchitecture: cpuInfo.flatMap(Microarchitecture.name(ofCPUInfo:)),
      cores: ProcessInfo.processInfo.activeProcessorCount,
      system: ProcessInfo.processInfo.operatingSystemVersionString, load: getloadavg(&load, 1) == 1 ? load[0] : nil)
  }

  /// Linux's description of the CPUs.
  private static var cpuInfo: String? { try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) }

  /// The name by which people know the CPU.
  var title: String { microarchitecture.map { cpu.contains($0) ? cpu : "\($0) (\(cpu))" } ?? cpu }

  /// The name as that of a file.
  var fileName: String {
    (microarchitecture ?? cpu.replacing("(R)", with: "").replacing("(TM)", with: "")).lowercased()
      .split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
  }

  private static var cpuName: String? {
    #if canImport(Darwin)
      var size = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 else { return nil }
      var name = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0) == 0 else { return nil }
      return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    #else
      let line = cpuInfo?.split(separator: "\n").first { $0.hasPrefix("model name") }
      return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    #endif
  }
}

/// The compiler that this program was made with, as far as the language can ask.
var compilerVersion: String {
  #if compiler(>=6.5)
    "6.5 or later"
  #elseif compiler(>=6.4)
    "6.4"
  #elseif compiler(>=6.3)
    "6.3"
  #elseif compiler(>=6.2)
    "6.2"
  #else
    "6.1"
  #endif
}

/// Whether assertions are checked: times of such a build mean nothing.
var isDebugBuild: Bool {
  var result = false
  assert({ result = true }() == ())
  return result
}
