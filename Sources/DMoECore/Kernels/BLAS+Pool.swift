#if OpenBLAS
  import CDMoEBLAS
#endif

extension BLAS {
  /// Runs `body` while OpenBLAS may use threads of its own, and puts it back on the calling thread.
  ///
  /// The setting is the process's: nothing else may multiply meanwhile. OpenBLAS's threads spin for some tens of
  /// milliseconds after their last work. For measuring only.
  static func withPool(threads: Int, _ body: () -> Void) {
    #if OpenBLAS
      openblas_set_num_threads(Int32(threads))
      defer { openblas_set_num_threads(1) }
    #endif
    body()
  }
}
