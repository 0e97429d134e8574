import Foundation

/// The field's names of what a CPU is made like, which decides more than its brand; on virtual machines the brand says little.
enum Microarchitecture {
  /// The name, if the numbers are of a CPU that the table knows.
  ///
  /// - Parameters:
  ///   - vendor: `GenuineIntel` or `AuthenticAMD`, as the CPU calls its maker.
  ///   - stepping: Tells the CPUs apart that share a model number.
  /// - Source: Linux, `arch/x86/include/asm/intel-family.h` and `arch/x86/kernel/cpu/amd.c`.
  static func name(vendor: String, family: Int, model: Int, stepping: Int) -> String? {
    switch (vendor, family, model) {
    case ("GenuineIntel", 6, 0x3C), ("GenuineIntel", 6, 0x3F): "Haswell"
    case ("GenuineIntel", 6, 0x4F), ("GenuineIntel", 6, 0x56): "Broadwell"
    case ("GenuineIntel", 6, 0x55): stepping >= 10 ? "Cooper Lake" : stepping >= 5 ? "Cascade Lake" : "Skylake"
    case ("GenuineIntel", 6, 0x6A), ("GenuineIntel", 6, 0x6C): "Ice Lake"
    case ("GenuineIntel", 6, 0x8F): "Sapphire Rapids"
    case ("GenuineIntel", 6, 0xCF): "Emerald Rapids"
    case ("GenuineIntel", 6, 0xAD), ("GenuineIntel", 6, 0xAE): "Granite Rapids"
    case ("AuthenticAMD", 0x17, 0x30...): "Zen 2"
    case ("AuthenticAMD", 0x17, _): "Zen"
    case ("AuthenticAMD", 0x19, 0x10...0x1F), ("AuthenticAMD", 0x19, 0x60...0x7F), ("AuthenticAMD", 0x19, 0xA0...0xAF):
      "Zen 4"
    case ("AuthenticAMD", 0x19, _): "Zen 3"
    case ("AuthenticAMD", 0x1A, 0...0x7F): "Zen 5"
    default: nil
    }
  }

  /// The name by the lines of Linux's `/proc/cpuinfo`.
  static func name(ofCPUInfo text: String) -> String? {
    var values: [Substring: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard let name = parts.first.map({ $0.prefix { $0 != "\t" } }), values[name] == nil else { continue }
      values[name] = parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    guard let vendor = values["vendor_id"], let family = values["cpu family"].flatMap({ Int($0) }),
      let model = values["model"].flatMap({ Int($0) })
    else { return nil }
    return name(vendor: vendor, family: family, model: model, stepping: values["stepping"].flatMap { Int($0) } ?? 0)
  }
}
