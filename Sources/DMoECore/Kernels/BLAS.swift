#if OpenBLAS
  import CDMoEBLAS
#endif

/// The one place that calls `cblas_sgemm`.
///
/// OpenBLAS is told to stay on the calling thread: the parallel regions are ours (`Compute.parallel`), so that concurrent
/// callers do not queue for OpenBLAS's own pool and its idle threads do not spin beside our loops.
enum BLAS {
  #if OpenBLAS
    static let isAvailable = true

    /// Once a process: OpenBLAS on the calling thread, with the kernels this CPU can run.
    static func prepare() { _ = prepared }

    private static let prepared: Void = {
      openblas_set_num_threads(1)
    }()

    /// `c = op(a) op(b) + beta c` on the calling thread; op(a) is [m, k], op(b) is [k, n].
    static func multiply(
      _ m: Int, _ n: Int, _ k: Int,
      _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool,
      _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool,
      alpha: Float, beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
    ) {
      cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
        blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
    }
  #else
    static let isAvailable = false
    static func prepare() {}
    static func multiply(
      _ m: Int, _ n: Int, _ k: Int,
      _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool,
      _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool,
      alpha: Float, beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
    ) { preconditionFailure("multiply: OpenBLAS is not part of this build") }
  #endif
}
