import CDMoEKernels
import Foundation

/// Which of OpenBLAS's kernel sets ("cores") multiplies.
///
/// OpenBLAS chooses by CPU name when it is loaded, and a release older than the CPU falls back: to an AVX2 core although its
/// AVX-512 kernels would run, half the speed, or to its oldest, Prescott, which is several times slower still. The library re-chooses from the environment in the
/// exported `gotoblas_dynamic_quit` and `gotoblas_dynamic_init` (OpenBLAS: driver/others/dynamic.c), which is what
/// setting `OPENBLAS_CORETYPE` before the start of the program does, done late.
struct OpenBLASCore: Sendable {
  /// What OpenBLAS chose when it was loaded, and what runs now.
  let detected: String
  let current: String
  /// Why the core that our variable names does not run.
  var problem: CoreError?

  /// The variable that OpenBLAS reads itself. An AVX2 core that it names is replaced too: machine images set it for every
  /// program; who means it for this library sets our own variable to `keep`.
  static let libraryVariable = "OPENBLAS_CORETYPE"
  /// `keep` leaves OpenBLAS's choice alone; another value names the core to use, whatever OpenBLAS's own variable says.
  static let ownVariable = "DMOERM_OPENBLAS_CORETYPE"

  /// Cores whose kernels use no instruction newer than AVX. OpenBLAS takes the first where it does not know the CPU.
  private static let olderThanAVX2: Set<String> = [
    "prescott", "katmai", "coppermine", "northwood", "banias", "core2", "penryn", "dunnington", "nehalem", "atom",
    "nano",
    "athlon", "opteron", "opteron_sse3", "barcelona", "bobcat", "sandybridge",
  ]

  /// The cores that a build for all CPUs of a kind commonly has (OpenBLAS: driver/others/dynamic.c, dynamic_arm64.c).
  private static let names: String = {
    #if arch(x86_64)
      "usual are Prescott, Nehalem, Sandybridge, Haswell, Zen, SkylakeX, Cooperlake and SapphireRapids"
    #else
      "usual are ARMV8, CORTEXA57, NEOVERSEN1, NEOVERSEV1 and NEOVERSEN2"
    #endif
  }()

  /// The core to ask for, or nil to leave OpenBLAS's own choice.
  static func preferred(
    detected: String, hasAVX512: Bool, hasAVX2: Bool, environment: [String: String]
  ) -> String? {
    if let asked = environment[ownVariable], !asked.isEmpty { return asked.lowercased() == "keep" ? nil : asked }
    let detected = detected.lowercased()
    let isOld = olderThanAVX2.contains(detected)
    if hasAVX512, isOld || ["haswell", "zen"].contains(detected) { return "SkylakeX" }
    return hasAVX2 && isOld ? "Haswell" : nil
  }

  /// The instructions that a core's kernels use and this CPU lacks; OpenBLAS itself runs whatever it is told to, into an
  /// illegal instruction.
  static func missingInstructions(of core: String) -> String? {
    #if arch(x86_64)
      let needs: (name: String, isThere: Bool)? =
        switch core.lowercased() {
        case "sandybridge": ("AVX", dmoe_cpu_has_avx())
        case "haswell", "zen": ("AVX2", dmoe_cpu_has_avx2())
        case "bulldozer", "piledriver", "steamroller", "excavator": ("FMA4", dmoe_cpu_has_fma4())
        case "skylakex": ("AVX-512", dmoe_cpu_has_avx512())
        case "cooperlake": ("AVX-512 BF16", dmoe_cpu_has_bf16())
        case "sapphirerapids": ("AVX-512 FP16", dmoe_cpu_has_fp16())
        default: nil
        }
      return needs.flatMap { $0.isThere ? nil : $0.name }
    #else
      return nil
    #endif
  }

  #if OpenBLAS
    /// Not safe while another thread is inside OpenBLAS or reads the environment: once, before the first product.
    static func choose() -> OpenBLASCore {
      let detected = BLAS.coreName
      let environment = ProcessInfo.processInfo.environment
      let isNamed = environment[ownVariable]?.isEmpty == false
      func left(_ reason: String? = nil, _ name: String = "") -> OpenBLASCore {
        OpenBLASCore(
          detected: detected, current: BLAS.coreName,
          problem: reason.flatMap { isNamed ? .unusableKernels(name, reason: $0) : nil })
      }
      guard
        let wanted = preferred(
          detected: detected, hasAVX512: dmoe_cpu_has_avx512(), hasAVX2: dmoe_cpu_has_avx2(), environment: environment),
        wanted.lowercased() != detected.lowercased()
      else { return left() }
      if let lacking = missingInstructions(of: wanted) { return left("this CPU has no \(lacking)", wanted) }
      guard let restart else { return left("this OpenBLAS was built for one kind of CPU", wanted) }
      setenv(libraryVariable, wanted, 1)
      restart()
      if let before = environment[libraryVariable] {
        setenv(libraryVariable, before, 1)
      } else {
        unsetenv(libraryVariable)
      }
      // Under a name that it does not know OpenBLAS chooses for itself, or falls back to its slowest core.
      guard BLAS.coreName.lowercased() == wanted.lowercased() else {
        restart()
        return left("this OpenBLAS has no kernels of that name (\(names))", wanted)
      }
      // Kernels of another CPU than this one could give wrong products; a small one tells.
      guard multipliesCorrectly() else {
        restart()
        return left("its products are wrong on this CPU", wanted)
      }
      return left()
    }

    /// Lets OpenBLAS choose again; nil if this build of it cannot (one core only, or linked statically).
    private static var restart: (() -> Void)? {
      typealias Function = @convention(c) () -> Void
      guard let program = dlopen(nil, RTLD_NOW), let quit = dlsym(program, "gotoblas_dynamic_quit"),
        let start = dlsym(program, "gotoblas_dynamic_init")
      else { return nil }
      let (quitFunction, startFunction) = (
        unsafeBitCast(quit, to: Function.self), unsafeBitCast(start, to: Function.self)
      )
      return {
        quitFunction()
        startFunction()
      }
    }

    /// Products of small whole numbers, which are exact: c v must be a (b v). One shape for the kernels without packing,
    /// one for those with it.
    static func multipliesCorrectly() -> Bool {
      multipliesCorrectly(19, 21, 33) && multipliesCorrectly(130, 97, 115)
    }

    private static func multipliesCorrectly(_ m: Int, _ n: Int, _ k: Int) -> Bool {
      let a = (0..<m * k).map { Float($0 * 7 % 5 - 2) }
      let b = (0..<k * n).map { Float($0 * 5 % 7 - 3) }
      let v = (0..<n).map { Float($0 * 3 % 11 - 5) }
      var c = [Float](repeating: .nan, count: m * n)
      c.withUnsafeMutableBufferPointer { c in
        guard let base = c.baseAddress else { return }
        BLAS.multiply(m, n, k, a, k, transposeA: false, b, n, transposeB: false, alpha: 1, beta: 0, base, n)
      }
      return applied(c, to: v) == applied(a, to: applied(b, to: v))
    }

    /// A row-major matrix times a vector.
    private static func applied(_ matrix: [Float], to vector: [Float]) -> [Float] {
      let columns = vector.count
      return (0..<matrix.count / columns).map { row in
        var sum: Float = 0
        for j in 0..<columns { sum += matrix[row * columns + j] * vector[j] }
        return sum
      }
    }
  #endif
}
