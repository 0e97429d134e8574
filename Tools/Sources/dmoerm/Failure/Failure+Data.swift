@_spi(Command) import DMoERM

extension Failure {
  init(_ error: DataError) {
    let hint: String? =
      switch error {
      case .compressedFile(let path): "Pipe it in: zcat \(ShellWord.quoted(path)) | dmoerm ... -"
      case .badLine: "--skip-invalid leaves such lines out and counts them."
      case .unknownFormat:
        "Each line is one JSON object; --format names its form. `dmoerm inspect data --help` lists the forms."
      case .unknownCategory, .unknownCapability:
        "--taxonomy says which there are; --taxonomy inferred takes the data's."
      default: nil
      }
    switch error {
    // The library's own words name no command; the hint does.
    case .compressedFile(let path): self.init("\(path) is gzip-compressed", hint: hint, status: .badInput)
    case .unwritableFile: self.init("\(error)")
    default: self.init("\(error)", hint: hint, status: .badInput)
    }
  }
}
