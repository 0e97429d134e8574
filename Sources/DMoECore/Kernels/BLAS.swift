#if OpenBLAS
  import CDMoEBLAS
#endif

/// The one place that calls `cblas_sgemm` and `cblas_sgemv`.
///
/// OpenBLAS is told to stay on the calling thread: the parallel regions are ours (`Compute.parallel`), so that concurrent
/// callers do not queue for OpenBLAS's own pool and its idle threads do not spin beside our loops.
enum BLAS {
  #if OpenBLAS
    static let isAvailable = true

    /// Once a process: OpenBLAS on the calling thread, with the kernels this CPU can run.
    static func prepare() { _ = prepared }

    /// The kernels in use, chosen on first need.
    static var core: OpenBLASCore? { prepared }

    /// Version and build options of the library.
    static var configuration: String? { openblas_get_config().map { String(cString: $0) } }

    /// The name of the kernel set in use.
    static var coreName: String { openblas_get_corename().map { String(cString: $0) } ?? "" }

    /// Threads of OpenBLAS's own pool that a call may use.
    static var threads: Int? { Int(openblas_get_num_threads()) }

    private static let prepared: OpenBLASCore = {
      let core = OpenBLASCore.choose()
      // After the choice, so that nothing in it can bring the pool back.
      openblas_set_num_threads(1)
      return core
    }()

    /// `c = op(a) op(b) + beta c` on the calling thread; op(a) is [m, k], op(b) is [k, n].
    static func multiply(
      _ m: Int, _ n: Int, _ k: Int,
      _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool,
      _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool,
      alpha: Float, beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
    ) {
      // One row by weights as they lie: nothing is packed, which would take longer than to read them once.
      if m == 1 && !transposeA && transposeB {
        // Some versions multiply what is there by a beta of 0, not-a-numbers too.
        if beta == 0 { c.update(repeating: 0, count: n) }
        return cblas_sgemv(
          CblasRowMajor, CblasNoTrans, blasint(n), blasint(k), alpha, b, blasint(ldb), a, 1, beta, c, 1)
      }
      cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
        blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
    }
  #else
    static let isAvailable = false
    static func prepare() {}
    static var core: OpenBLASCore? { nil }
    static var configuration: String? { nil }
    static var threads: Int? { nil }
    static func multiply(
      _ m: Int, _ n: Int, _ k: Int,
      _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool,
      _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool,
      alpha: Float, beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
    ) { preconditionFailure("multiply: OpenBLAS is not part of this build") }
  #endif
}
