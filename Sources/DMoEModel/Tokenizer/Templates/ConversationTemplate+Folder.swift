import DMoECore
public import Foundation

extension ConversationTemplate {
  /// The name of a file of this library's own form in a model's folder; it goes before the model's own template.
  public static let fileName = "dmoerm-template.json"

  /// The template that a model's folder holds.
  ///
  /// Looked for in this order: `dmoerm-template.json`, `chat_template.jinja` (or `chat_template.json`), the
  /// `chat_template` of `tokenizer_config.json`, which may be a list of named ones.
  ///
  /// - Parameters:
  ///   - folder: A folder as transformers writes it.
  ///   - name: Which of several named templates; `nil` for the one called `default`.
  /// - Returns: `nil` if the folder has no template.
  /// - Throws: `TokenizerError.unknownTemplate`, `.unreadableFile`, `.malformed`, `.missingToken`.
  public static func recognized(
    inFolder folder: URL, named name: String? = nil
  ) throws(TokenizerError) -> ConversationTemplate? {
    let own = folder.appendingPathComponent(fileName)
    if name == nil, FileManager.default.fileExists(atPath: own.path) { return try Self(contentsOf: own) }
    let configuration = folder.appendingPathComponent("tokenizer_config.json")
    let members = try members(of: configuration) ?? JSONObject()
    guard let (text, file) = try templateText(in: folder, named: name, configuration: members) else { return nil }
    func token(_ key: String) -> String? { members[key]?.string ?? members[key]?.object?["content"]?.string }
    return try recognized(
      jinja: text, bosToken: token("bos_token"), eosToken: token("eos_token"),
      place: folder.appendingPathComponent(file).path)
  }

  /// The template of a GGUF file, `nil` if it has none.
  ///
  /// - Throws: `CoreError` if it is no GGUF file; `TokenizerError.unknownTemplate`, `.missingToken`.
  public static func recognized(inGGUF url: URL) throws -> ConversationTemplate? {
    let file = try GGUFFile(contentsOf: url)
    guard let text = try file.stringIfPresent("tokenizer.chat_template") else { return nil }
    let tokens = try file.stringsIfPresent("tokenizer.ggml.tokens") ?? []
    func token(_ key: String) throws -> String? {
      guard let id = try file.integerIfPresent("tokenizer.ggml.\(key)_token_id"), tokens.indices.contains(id) else {
        return nil
      }
      return tokens[id]
    }
    return try recognized(jinja: text, bosToken: try token("bos"), eosToken: try token("eos"), place: url.path)
  }

  /// The chat template in a folder's or a GGUF file's own words, if it has one.
  ///
  /// - Throws: What `recognized(inFolder:named:)` and `recognized(inGGUF:)` throw.
  static func publishedText(at url: URL) throws -> String? {
    guard url.isFolder else { return try GGUFFile(contentsOf: url).stringIfPresent("tokenizer.chat_template") }
    let members = try members(of: url.appendingPathComponent("tokenizer_config.json")) ?? JSONObject()
    return try templateText(in: url, named: nil, configuration: members)?.text
  }

  /// The Jinja text of a folder, and the file that has it.
  private static func templateText(
    in folder: URL, named name: String?, configuration: JSONObject
  ) throws(TokenizerError) -> (text: String, file: String)? {
    let single = folder.appendingPathComponent("chat_template.jinja")
    // Named ones lie in a folder of their own.
    let named = folder.appendingPathComponent("additional_chat_templates").appendingPathComponent("\(name ?? "").jinja")
    let url = name == nil || name == "default" ? single : named
    if FileManager.default.fileExists(atPath: url.path) {
      guard let data = FileManager.default.contents(atPath: url.path),
        let text = String(validating: data, as: UTF8.self)
      else { throw .unreadableFile(path: url.path, reason: "it is no UTF-8 text") }
      return (text, url.lastPathComponent)
    }
    let processor = try members(of: folder.appendingPathComponent("chat_template.json"))
    let sources = [
      ("chat_template.json", processor?["chat_template"]), ("tokenizer_config.json", configuration["chat_template"]),
    ]
    for (file, value) in sources {
      switch value {
      case nil, .null?: continue
      case .string(let text)? where name == nil || name == "default": return (text, file)
      case .array(let list)?:
        for entry in list where entry.object?["name"]?.string == name ?? "default" {
          if let text = entry.object?["template"]?.string { return (text, file) }
        }
      default: break
      }
      throw .malformed(reason: "\(file) has no chat template called \(name ?? "default")")
    }
    return nil
  }

  /// The members of a JSON file, `nil` if there is no such file.
  private static func members(of url: URL) throws(TokenizerError) -> JSONObject? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    let value: JSONValue
    do { value = try JSONReader.value(of: data) } catch {
      throw .malformed(reason: "\(url.lastPathComponent): \(error)")
    }
    guard let members = value.object else { throw .malformed(reason: "\(url.lastPathComponent) is no JSON object") }
    return members
  }
}
