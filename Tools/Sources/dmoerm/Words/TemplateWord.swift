import ArgumentParser
import DMoERM
import Foundation

/// A template as the command line names it.
enum TemplateWord {
  /// A published template by its name, or one of a file of this library's own form.
  ///
  /// - Throws: `ValidationError` for what is neither; `TokenizerError` for a file that holds none.
  static func template(_ word: String) throws -> ConversationTemplate {
    if let template = ConversationTemplate.named(word) { return template }
    guard FileManager.default.fileExists(atPath: word) else {
      throw ValidationError(
        "--template is a file or one of \(ConversationTemplate.names.joined(separator: ", ")), not \(word)")
    }
    return try ConversationTemplate(contentsOf: URL(fileURLWithPath: word))
  }

  /// The same, or with the word "backbone" the one in the backbone's files.
  ///
  /// - Parameter backbone: The file or folder that is named, if one is.
  /// - Throws: `Failure` for a backbone that is not there or has none, too.
  static func template(_ word: String, ofBackbone backbone: String?) throws -> ConversationTemplate {
    try word == "backbone" ? template(of: BackboneLocation.find(backbone)) : template(word)
  }

  /// The template in the files of a backbone.
  ///
  /// - Throws: `Failure` if there is none; `TokenizerError.unknownTemplate`.
  static func template(of backbone: URL) throws -> ConversationTemplate {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: backbone.path, isDirectory: &isFolder)
    let found =
      try isFolder.boolValue
      ? ConversationTemplate.recognized(inFolder: backbone) : ConversationTemplate.recognized(inGGUF: backbone)
    guard let found else {
      throw Failure(
        "--template backbone: \(backbone.path) has no chat template",
        hint: "--template NAME names one: \(ConversationTemplate.names.joined(separator: ", ")).", status: .badInput)
    }
    return found
  }
}
