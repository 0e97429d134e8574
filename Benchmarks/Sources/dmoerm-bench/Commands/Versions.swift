import DMoERM
import Foundation

/// What the figures depend on beside the machine.
enum Versions {
  static var own: [String: String] {
    let compute = ComputeInformation.current
    var result = ["Swift": compilerVersion]
    if let configuration = compute.openBLASConfiguration {
      result["OpenBLAS"] = configuration.trimmingCharacters(in: .whitespaces)
      result["OpenBLAS core"] =
        "\(compute.openBLASCore ?? "?") (chosen by OpenBLAS: \(compute.openBLASDetectedCore ?? "?"))"
    }
    // They decide more than anything else, and are easily forgotten in a shell.
    for name in ["OPENBLAS_CORETYPE", "DMOERM_OPENBLAS_CORETYPE"] {
      if let value = ProcessInfo.processInfo.environment[name] { result["environment " + name] = value }
    }
    return result
  }
}
