import Foundation

/// `dmoerm-trust-kernels [STEP]`: the C kernels beside their twins at every so many of the sizes 0...130; 1 is all of them.
@main struct Main {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count < 3, let step = Int(arguments.dropFirst().first ?? "1"), step > 0 else {
      FileHandle.standardError.write(Data("usage: dmoerm-trust-kernels [STEP]\n".utf8))
      exit(64)
    }
    Kernels.check(step: step)
  }
}
