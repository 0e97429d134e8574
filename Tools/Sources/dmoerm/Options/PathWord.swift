import ArgumentParser

/// The name of a file, folder or model on the command line.
///
/// It may begin with a dash, as every value; with two it is far more likely the next option, whose value would be taken for
/// a file to read or, worse, to write.
func pathWord(_ word: String) throws -> String {
  guard !word.hasPrefix("--") else {
    throw ValidationError("a value is missing before \(word); a file of that name is ./\(word)")
  }
  return word
}
