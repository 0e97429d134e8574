/// A judge in its file, counted from 0.
struct JudgePlace {
  var file: String
  var index: Int

  func failure(_ key: String, _ fault: String) -> Failure {
    Failure("\(file): \"[\(index)].\(key)\" \(fault)", status: .badInput)
  }
}
