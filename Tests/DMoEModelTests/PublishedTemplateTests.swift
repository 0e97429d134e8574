import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Published templates against transformers' `apply_chat_template`: equal texts, and ids of the whole text.
@Suite struct PublishedTemplateTests {
  private static let names = PublishedTemplate.allCases.map(\.rawValue)

  @Test func everyPublishedTemplateHasItsFixture() throws {
    let fixture = try TemplateFixture.read()
    #expect(fixture.templates.keys.sorted() == Self.names.sorted())
    #expect(fixture.conversations.count >= 10)
  }

  /// The fingerprints were computed by another implementation, in Python.
  @Test func fingerprintsAreThoseOfThePublishedTexts() throws {
    let fixture = try TemplateFixture.read()
    var found: [String: String] = [:]
    for (name, template) in fixture.templates { for text in template.fingerprints { found[text] = name } }
    #expect(found == PublishedTemplate.known.mapValues(\.rawValue))
  }

  @Test(arguments: names)
  func textsEqualThoseOfTransformers(_ name: String) throws {
    let expected = try #require(try TemplateFixture.read().templates[name])
    try check(
      #require(PublishedTemplate(rawValue: name)).template(bosToken: expected.bos, eosToken: expected.eos), as: name)
  }

  /// Scripts/derive-template and this library mean the same by a file of rules.
  @Test(arguments: names)
  func rulesThatTheScriptFindsGiveTheSameTexts(_ name: String) throws {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let data = try Data(contentsOf: folder.appendingPathComponent("templates/derived.json"))
    let rules = try JSONDecoder().decode([String: ConversationTemplate].self, from: data)
    try check(#require(rules[name]), as: name)
  }

  private func check(_ template: ConversationTemplate, as name: String) throws {
    let fixture = try TemplateFixture.read()
    let expected = try #require(fixture.templates[name])
    for (dialogue, text) in zip(fixture.dialogues, expected.texts) {
      // Refused is refused: what else could be wrong differs from the text that is expected.
      let own = try? written(dialogue, by: template)
      #expect(own.map { Array($0.utf8) } == text.map { Array($0.utf8) }, "\(dialogue)")
    }
  }

  /// The text of a conversation with its response.
  private func written(
    _ dialogue: (turns: [(role: String, content: String)], response: String), by template: ConversationTemplate
  ) throws -> String {
    try template.checkOrder(of: dialogue.turns)
    return try template.promptText(turns: dialogue.turns).text + template.responseText(dialogue.response).text
  }

  @Test(arguments: names, ["qwen2", "llama3", "tekken", "llama2", "mistral", "gemma"])
  func idsAreThoseOfTheWholeText(_ name: String, _ tokenizerName: String) throws {
    let fixture = try TemplateFixture.read()
    let expected = try #require(fixture.templates[name])
    let template = try #require(PublishedTemplate(rawValue: name)).template(
      bosToken: expected.bos, eosToken: expected.eos)
    let controls = template.controlTokens + [template.endToken] + [template.bosToken].compactMap { $0 }
    let tokenizer = try TokenizerFixture.tokenizer(tokenizerName, adding: controls)
    for (dialogue, text) in zip(fixture.dialogues, expected.texts) {
      guard let text else {
        #expect(throws: TokenizerError.self) { try template.promptIDs(turns: dialogue.turns, tokenizer: tokenizer) }
        continue
      }
      let prompt = try template.promptIDs(turns: dialogue.turns, tokenizer: tokenizer)
      let response = try template.responseIDs(dialogue.response, tokenizer: tokenizer)
      let contents = dialogue.turns.map(\.content) + [dialogue.response]
      if contents.contains(where: { tokenizer.encode($0) != tokenizer.encode($0, parsingSpecialTokens: false) }) {
        // A content that spells control tokens stays text: those of the template are all there are.
        let isControl = Set(controls.compactMap { tokenizer.tokenID(of: $0) })
        let harmless = dialogue.turns.map { (role: $0.role, content: "x") }
        let least =
          try template.promptIDs(turns: harmless, tokenizer: tokenizer)
          + template.responseIDs("x", tokenizer: tokenizer)
        #expect((prompt + response).filter(isControl.contains) == least.filter(isControl.contains), "\(dialogue)")
      } else {
        #expect(prompt + response == tokenizer.encode(text), "\(dialogue)")
      }
      #expect(prompt.count > 0 && response.count > 0)
    }
  }

  @Test(arguments: names)
  func bosStandsOnceOrBeforeEveryQuestion(_ name: String) throws {
    let template = try #require(ConversationTemplate.named(name))
    let usual = try #require(PublishedTemplate(rawValue: name))
    guard let bos = usual.usualBOS, bos != usual.usualEOS else { return }
    let turns = [(role: "user", content: "a"), (role: "assistant", content: "b"), (role: "user", content: "c")]
    let text = try template.promptText(turns: turns).text + template.responseText("d").text
    let expected = name == "llama-2" ? 2 : template.bosToken == nil ? 0 : 1
    #expect(text.components(separatedBy: bos).count - 1 == expected)
  }

  @Test(arguments: names)
  func templatesSurviveJSON(_ name: String) throws {
    let template = try #require(ConversationTemplate.named(name))
    let data = try JSONEncoder().encode(template)
    #expect(try JSONDecoder().decode(ConversationTemplate.self, from: data) == template)
  }

  // MARK: Where templates are found

  private static let chatML =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'"
    + "}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

  @Test func blanksQuotesAndCommentsOfTagsDoNotCount() throws {
    let formatted = """
      {#- As published, 'formatted. -#}
      {%- for message in messages -%}
          {{- "<|im_start|>" + message.role + "\\n" + message["content"] + "<|im_end|>" + "\n" -}}
      {%- endfor -%}
      {%-  if add_generation_prompt -%}
          {{- '<|im_start|>assistant\\n' -}}
      {%- endif -%}

      """
    let blocks =
      "{% for message in messages %}\n  {{-'<|im_start|>' +message.role+'\\n'+message.content+'<|im_end|>'+'\\n'"
      + "}}\n{%- endfor %}\n    {% if add_generation_prompt %}\n{{- '<|im_start|>assistant\\n' }}\n{%- endif %}\r\n"
    for text in [Self.chatML, formatted, blocks] {
      #expect(try ConversationTemplate.recognized(jinja: text, bosToken: nil, eosToken: nil).name == "chatml")
    }
    // Anything that is written counts.
    for (old, new) in [
      ("<|im_end|>", "<|im_end|> "), ("message['content']", "message['content'] | trim"),
      ("{% endfor %}", "{% endfor %}x"),
    ] {
      let changed = Self.chatML.replacingOccurrences(of: old, with: new)
      #expect(changed != Self.chatML)
      #expect(throws: TokenizerError.self) {
        try ConversationTemplate.recognized(jinja: changed, bosToken: nil, eosToken: nil)
      }
    }
  }

  @Test func anUnknownTextIsRefusedWithTheWayOut() throws {
    #expect {
      try ConversationTemplate.recognized(jinja: "{{ messages }}", bosToken: nil, eosToken: nil)
    } throws: { error in
      guard case .unknownTemplate(_, let fingerprint) = error as? TokenizerError else { return false }
      return fingerprint.count == 16 && "\(error)".contains("Scripts/derive-template")
    }
    for text in ["", "{{", "{% '", "{# x", "}}", "{%- -%}", "{{ 'a\\"] {
      #expect(throws: TokenizerError.self) {
        try ConversationTemplate.recognized(jinja: text, bosToken: nil, eosToken: nil)
      }
    }
  }

  /// The template of a folder with these files.
  private func recognized(_ files: [String: String], named name: String? = nil) throws -> ConversationTemplate? {
    try withTemporaryFolder { folder in
      for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
      return try ConversationTemplate.recognized(inFolder: folder, named: name)
    }
  }

  private func json(_ text: String) throws -> String { String(decoding: try JSONEncoder().encode(text), as: UTF8.self) }

  @Test func aFolderHoldsItsTemplateInOneOfFourFiles() throws {
    let text = try json(Self.chatML)
    for files in [
      ["chat_template.jinja": Self.chatML + "\n"], ["chat_template.json": #"{"chat_template": \#(text)}"#],
      ["tokenizer_config.json": #"{"chat_template": \#(text)}"#],
      ["tokenizer_config.json": #"{"chat_template": [{"name": "default", "template": \#(text)}]}"#],
      ["tokenizer_config.json": #"{"chat_template": "{{ 1 }}"}"#, "chat_template.jinja": Self.chatML],
    ] {
      #expect(try recognized(files)?.name == "chatml")
    }
    #expect(try recognized(["tokenizer_config.json": "{}"]) == nil)
    let named =
      #"{"chat_template": [{"name": "rag", "template": \#(text)}, {"name": "default", "template": "{{ 1 }}"}]}"#
    let files = ["tokenizer_config.json": named]
    #expect(try recognized(files, named: "rag")?.name == "chatml")
    #expect(throws: TokenizerError.self) { try recognized(files) }
    #expect { try recognized(files, named: "tool") } throws: { "\($0)".contains("no chat template called tool") }
  }

  @Test func aFileOfOurOwnGoesBeforeTheModelsTemplate() throws {
    let template = try #require(ConversationTemplate.named("gemma-3"))
    let own = String(decoding: try JSONEncoder().encode(template), as: UTF8.self)
    #expect(try recognized(["dmoerm-template.json": own, "chat_template.jinja": Self.chatML]) == template)
    #expect {
      try recognized(["dmoerm-template.json": #"{"name": "x"}"#])
    } throws: { "\($0)".contains("dmoerm-template.json holds no template: roles is missing") }
  }

  @Test func theTokensOfTheConfigurationAreThoseOfTheTemplate() throws {
    func turn(_ role: String) -> String {
      "if message['role'] == '\(role)' %}\n{{ '<|\(role)|>\\n' + message['content'] + eos_token }}\n"
    }
    let text =
      "{% for message in messages %}\n{% \(turn("user")){% el\(turn("system")){% el\(turn("assistant")){% endif %}\n"
      + "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
    for token in [#""<end>""#, #"{"content": "<end>", "lstrip": false}"#] {
      let configuration = #"{"eos_token": \#(token), "chat_template": \#(try json(text))}"#
      let template = try #require(try recognized(["tokenizer_config.json": configuration]))
      #expect(template.name == "zephyr" && template.endToken == "<end>")
      #expect(try template.responseText("x").text == "<|assistant|>\nx<end>\n")
    }
    let configuration = #"{"chat_template": \#(try json(text))}"#
    #expect { try recognized(["tokenizer_config.json": configuration]) } throws: { "\($0)".contains("eos_token") }
  }

  // MARK: Where prompt and response part

  @Test func newlinesOfAResponseMayMergeWithTheHeadersAndTheSharedPromptStays() throws {
    let template = try #require(ConversationTemplate.named("qwen-2.5"))
    let tokenizer = try TokenizerFixture.tokenizer("qwen2")
    let prompt = try template.promptIDs(turns: [("user", "Hi")], tokenizer: tokenizer)
    #expect(prompt.last == tokenizer.tokenID(of: "<|im_start|>"))
    for response in ["Hello.", "\n\nHello.", " ", "", "\n"] {
      let text = try template.promptText(turns: [("user", "Hi")]).text + template.responseText(response).text
      #expect(try prompt + template.responseIDs(response, tokenizer: tokenizer) == tokenizer.encode(text))
    }
    // The newline at the end is where a classifier of this family reads.
    let newline = tokenizer.encode("\n")
    #expect(try template.responseIDs("x", tokenizer: tokenizer).last == newline.last)
  }

  @Test func withoutAControlTokenThePromptEndsWhereNoTokenCanSpan() throws {
    let template = try #require(ConversationTemplate.named("mistral-v1"))
    let tokenizer = try TokenizerFixture.tokenizer("mistral", adding: ["<s>", "</s>"])
    let prompt = try template.promptIDs(turns: [("user", "x ")], tokenizer: tokenizer)
    #expect(tokenizer.decode(prompt).hasPrefix("<s>[INST] x  [") && !tokenizer.decode(prompt).hasSuffix("]"))
    for response in ["]", ").", " [", "T]", "\n", "the"] {
      let text = "<s>[INST] x  [/INST]" + response + "</s>"
      #expect(try prompt + template.responseIDs(response, tokenizer: tokenizer) == tokenizer.encode(text))
    }
  }

  @Test func turnsThatMustAlternateAreLeftOutByTwos() throws {
    let template = try #require(ConversationTemplate.named("llama-2"))
    let tokenizer = try TokenizerFixture.tokenizer("llama2")
    var turns = [(role: "system", content: "Be brief.")]
    for index in 0..<6 { turns += [("user", "question \(index)"), ("assistant", "answer \(index)")] }
    turns.append(("user", "last"))
    func kept(_ count: Int) throws -> [Int32] {
      try template.promptIDs(turns: turns[..<1] + turns.suffix(count), tokenizer: tokenizer)
    }
    let whole = try template.promptIDs(turns: turns, tokenizer: tokenizer)
    let fits = try template.promptIDs(turns: turns, tokenizer: tokenizer, droppingTurnsOver: whole.count)
    #expect(fits.ids == whole && !fits.isShortened)
    let shorter = try template.promptIDs(turns: turns, tokenizer: tokenizer, droppingTurnsOver: try kept(5).count)
    #expect(try shorter.ids == kept(5) && shorter.isShortened)
    let between = try template.promptIDs(turns: turns, tokenizer: tokenizer, droppingTurnsOver: try kept(5).count - 1)
    #expect(try between.ids == kept(3))
    let least = try template.promptIDs(turns: turns, tokenizer: tokenizer, droppingTurnsOver: 1)
    #expect(try least.ids == kept(1) && least.isShortened)
  }

  @Test func whatATemplateDoesNotTakeIsRefused() throws {
    let tokenizer = try TokenizerFixture.tokenizer("llama2", adding: ["<start_of_turn>", "<end_of_turn>", "<bos>"])
    let gemma = try #require(ConversationTemplate.named("gemma"))
    #expect(throws: TokenizerError.noSystemTurn(template: "gemma")) {
      try gemma.promptIDs(turns: [("system", "x"), ("user", "y")], tokenizer: tokenizer)
    }
    let twice = [(role: "user", content: "x"), (role: "user", content: "y")]
    #expect(throws: TokenizerError.turnsDoNotAlternate(template: "gemma")) {
      try gemma.promptIDs(turns: twice, tokenizer: tokenizer)
    }
    // The router reads the user's turns alone.
    #expect(try gemma.promptIDs(inAnyOrder: twice, tokenizer: tokenizer).count > 4)
  }
}
