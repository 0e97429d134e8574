/// The date in the header of templates that ask for today's (Llama 3.2): a reward must not change from day to day.
enum FrozenDate {
  /// A published template's text that writes the date which this library writes.
  ///
  /// Such a template takes `date_string` where it is set, and asks for today's date where it is not.
  static func jinja(_ text: String) -> String {
    text.contains("strftime_now") && !text.hasPrefix(setting) ? setting + text : text
  }

  /// The published text of one that was written by `jinja(_:)`; any other text is itself.
  static func published(_ text: String) -> String {
    text.hasPrefix(setting) ? String(text.dropFirst(setting.count)) : text
  }

  private static let setting = #"{%- set date_string = ""# + ConversationTemplate.llamaDate + #"" -%}"#

  /// The `chat_template` of a configuration: a text, or a list of texts with names.
  static func template(_ value: Any) -> Any {
    if let text = value as? String { return jinja(text) }
    guard let list = value as? [[String: Any]] else { return value }
    return list.map { entry in entry.merging(["template": entry["template"].map(template) as Any]) { $1 } }
  }
}
