import CDMoEKernels
import Foundation

/// A description of what multiplies matrices in this process, for a report to the user.
///
/// ```swift
/// let machine = ComputeInformation.current
/// print(machine.processors, machine.openBLASCore ?? "no OpenBLAS")
/// ```
public struct ComputeInformation: Sendable, Equatable, Codable {
  /// OpenBLAS as it describes itself (version, build options, the core it chose when loaded); nil in a build without it.
  public let openBLASConfiguration: String?
  /// The kernel set that OpenBLAS chose when it was loaded; nil without OpenBLAS.
  public let openBLASDetectedCore: String?
  /// The kernel set that runs; nil without OpenBLAS.
  public let openBLASCore: String?
  /// Threads of OpenBLAS's own pool: 1, because the parallel regions are this library's; nil without OpenBLAS.
  public let openBLASThreads: Int?
  /// Whether the CPU runs the AVX-512 instructions that OpenBLAS's SkylakeX kernels need.
  public let hasAVX512: Bool
  /// The instructions by which the library's own kernels multiply weights as they are stored (`WeightPrecision.stored`):
  /// the best that the CPU runs, the same for every format. Results do not depend on it.
  public let storedKernels: String
  /// The instructions by which the library's own kernels multiply bf16, each of which rounds otherwise; nil where the CPU has none.
  public let bfloat16Kernels: String?
  /// Cores the process may run on.
  public let processors: Int

  /// The state of this process; prepares OpenBLAS if that has not happened yet.
  public static var current: ComputeInformation {
    prepare()
    return ComputeInformation(
      openBLASConfiguration: BLAS.configuration, openBLASDetectedCore: BLAS.core?.detected,
      openBLASCore: BLAS.core?.current, openBLASThreads: BLAS.threads, hasAVX512: dmoe_cpu_has_avx512(),
      storedKernels: String(cString: dmoe_stored_level_name(dmoe_stored_current_level())),
      bfloat16Kernels: dmoe_stored_bf16_name().map { String(cString: $0) },
      processors: ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Whether the kernels run that the environment variable `DMOERM_OPENBLAS_CORETYPE` names, if it names any.
  ///
  /// - Throws: `CoreError.unusableKernels`, which every computation by OpenBLAS throws then, too.
  public static func check() throws(CoreError) {
    prepare()
    if let problem = BLAS.core?.problem { throw problem }
  }

  /// Puts OpenBLAS on the calling thread and on the fastest kernels of this CPU. Happens once a process, on its own, before
  /// the first matrix product.
  ///
  /// Choosing other kernels is not safe while another thread is inside OpenBLAS or reads the environment. So a program that
  /// also uses OpenBLAS itself calls this early, before its threads start; or it is started with `OPENBLAS_CORETYPE` set (to
  /// a core such as `SkylakeX`) or with `DMOERM_OPENBLAS_CORETYPE=keep`, and nothing is changed then but the thread count.
  /// Any other value of `DMOERM_OPENBLAS_CORETYPE` names the core to use.
  public static func prepare() { BLAS.prepare() }
}
