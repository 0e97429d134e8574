/// The C kernels on memory that is exactly as long as it must be, under AddressSanitizer and UndefinedBehaviorSanitizer.
enum Kernels {
  static func check() {}
}
