/// The templates of published families, as transformers' `apply_chat_template` writes them for a conversation that ends
/// with a response, without a header for the next one.
///
/// Sources: the `chat_template` that is published with the models named at each.
extension ConversationTemplate {
  /// ChatML: Qwen2.5, SmolLM2 and many others, which differ in what they add.
  ///
  /// - Parameters:
  ///   - system: The system message where a conversation has none.
  ///   - responseSuffix: What ends the response; later turns begin behind `"<|im_end|>\n"` all the same.
  static func chatML(
    _ name: String, bosToken: String? = nil, system: String? = nil, responseSuffix: String? = nil
  ) -> ConversationTemplate {
    ConversationTemplate(
      name: name, bosToken: bosToken, roles: frames { Role(prefix: "<|im_start|>\($0)\n", suffix: "<|im_end|>\n") },
      response: responseSuffix.map { Role(prefix: "<|im_start|>assistant\n", suffix: $0) }, endToken: "<|im_end|>",
      controlTokens: ["<|im_start|>", "<|im_end|>"], systemMessage: system, tokenization: .whole)
  }

  /// Qwen3: the response's thoughts in a frame, an empty one if it has none; those of earlier turns are left out.
  static let qwen3: ConversationTemplate = {
    var template = chatML("qwen-3")
    let (prefix, suffix) = ("<|im_start|>assistant\n", "<|im_end|>\n")
    template.roles["assistant"] = Role(
      prefix: prefix, suffix: suffix, edits: [.dropThoughts(closing: "</think>", trimsNewlines: true)])
    template.response = Role(
      prefix: prefix, suffix: suffix,
      edits: [
        .frameThoughts(opening: "<think>", closing: "</think>", prefix: "<think>\n", suffix: "\n</think>\n\n")
      ])
    return template
  }()

  /// Llama 3.
  ///
  /// - Parameters:
  ///   - header: What stands before the system message, which then is never missing (Llama 3.1 and 3.2: the dates).
  ///   - responseSuffix: What ends the response.
  static func llama3(
    _ name: String, bosToken: String?, header: String? = nil, responseSuffix: String? = nil
  ) -> ConversationTemplate {
    func frame(_ role: String, _ header: String = "", suffix: String = "<|eot_id|>") -> Role {
      Role(
        prefix: "<|start_header_id|>\(role)<|end_header_id|>\n\n\(header)", suffix: suffix,
        edits: [.trimWhitespace(ends: .both)])
    }
    return ConversationTemplate(
      name: name, bosToken: bosToken,
      roles: ["system": frame("system", header ?? ""), "user": frame("user"), "assistant": frame("assistant")],
      response: responseSuffix.map { frame("assistant", suffix: $0) }, endToken: "<|eot_id|>",
      controlTokens: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
      systemMessage: header == nil ? nil : "", tokenization: .whole)
  }

  /// The dates in the system turn of Llama 3.1 and 3.2. The first template has this date in its text, the second asks
  /// for today's and has this one as well: it is kept, so that a reward does not change overnight.
  static let llamaDates = "Cutting Knowledge Date: December 2023\nToday Date: \(llamaDate)\n\n"

  /// The date of today in every header: the default of Llama 3.1's template.
  static let llamaDate = "26 Jul 2024"

  /// Llama 2: the system message in the first user turn; every user turn begins a sequence anew.
  ///
  /// - Parameter bosToken: The token that begins a sequence; `eosToken` ends one.
  static func llama2(bosToken: String, eosToken: String, system: String? = nil) -> ConversationTemplate {
    ConversationTemplate(
      name: "llama-2",
      roles: [
        "user": Role(prefix: "\(bosToken)[INST] ", suffix: " [/INST]", edits: [.trimWhitespace(ends: .both)]),
        "assistant": Role(prefix: " ", suffix: " \(eosToken)", edits: [.trimWhitespace(ends: .both)]),
      ],
      endToken: eosToken, controlTokens: [bosToken, eosToken], systemMessage: system,
      systemPlacement: .firstTurn(prefix: "<<SYS>>\n", suffix: "\n<</SYS>>\n\n", isEditedTogether: true),
      alternates: true, tokenization: .whole)
  }

  /// Mistral: instructions in brackets, which are text at first and tokens from the third version on.
  ///
  /// - Parameters:
  ///   - user: The user's frame.
  ///   - assistant: The frame of a response.
  ///   - markers: The tokens that the user's frame spells.
  static func mistral(
    _ name: String, bosToken: String?, eosToken: String, user: Role, assistant: Role, markers: [String],
    systemPlacement: SystemPlacement, alternates: Bool
  ) -> ConversationTemplate {
    ConversationTemplate(
      name: name, bosToken: bosToken, roles: ["user": user, "assistant": assistant], endToken: eosToken,
      controlTokens: markers, systemPlacement: systemPlacement, alternates: alternates, tokenization: .whole)
  }

  /// Gemma, whose assistant is called model.
  ///
  /// - Parameter systemPlacement: Refused by the first two versions, before the first content in the third.
  static func gemma(_ name: String, bosToken: String?, systemPlacement: SystemPlacement) -> ConversationTemplate {
    func frame(_ role: String) -> Role {
      Role(prefix: "<start_of_turn>\(role)\n", suffix: "<end_of_turn>\n", edits: [.trimWhitespace(ends: .both)])
    }
    return ConversationTemplate(
      name: name, bosToken: bosToken, roles: ["user": frame("user"), "assistant": frame("model")],
      endToken: "<end_of_turn>", controlTokens: ["<start_of_turn>", "<end_of_turn>"],
      systemPlacement: systemPlacement, alternates: true, tokenization: .whole)
  }

  /// Zephyr: roles in marks that are text, each turn ended by the end of a sequence.
  static func zephyr(eosToken: String) -> ConversationTemplate {
    ConversationTemplate(
      name: "zephyr", roles: frames { Role(prefix: "<|\($0)|>\n", suffix: "\(eosToken)\n") }, endToken: eosToken,
      controlTokens: [eosToken], tokenization: .whole)
  }

  /// Phi-3, from its second publication on.
  ///
  /// - Parameters:
  ///   - closing: What stands behind the last turn.
  ///   - hasSystem: Whether it has a place for a system message; the first ones pass over it.
  static func phi3(_ name: String, bosToken: String?, closing: String, hasSystem: Bool) -> ConversationTemplate {
    var template = ConversationTemplate(
      name: name, bosToken: bosToken, roles: frames { Role(prefix: "<|\($0)|>\n", suffix: "<|end|>\n") },
      response: closing.isEmpty ? nil : Role(prefix: "<|assistant|>\n", suffix: "<|end|>\n\(closing)"),
      endToken: "<|end|>", controlTokens: ["<|user|>", "<|assistant|>", "<|end|>"],
      systemPlacement: hasSystem ? .ownTurn : .leftOut, tokenization: .whole)
    if hasSystem { template.controlTokens.insert("<|system|>", at: 0) }
    if !closing.isEmpty { template.controlTokens.append(closing) }
    return template
  }

  /// The first Phi-3: the user's turn ends with the header of the answer.
  static func firstPhi3(_ name: String, bosToken: String?) -> ConversationTemplate {
    ConversationTemplate(
      name: name, bosToken: bosToken,
      roles: [
        "user": Role(prefix: "<|user|>\n", suffix: "<|end|>\n<|assistant|>\n"),
        "assistant": Role(prefix: "", suffix: "<|end|>\n"),
      ],
      endToken: "<|end|>", controlTokens: ["<|user|>", "<|assistant|>", "<|end|>"], systemPlacement: .leftOut,
      tokenization: .whole)
  }

  /// DeepSeek-R1 and what was distilled from it: no thoughts are kept, not even the response's.
  static func deepSeekR1(bosToken: String?) -> ConversationTemplate {
    let end = "<｜end▁of▁sentence｜>"
    return ConversationTemplate(
      name: "deepseek-r1", bosToken: bosToken,
      roles: [
        "system": Role(prefix: "", suffix: ""), "user": Role(prefix: "<｜User｜>", suffix: ""),
        "assistant": Role(
          prefix: "<｜Assistant｜>", suffix: end, edits: [.dropThoughts(closing: "</think>", trimsNewlines: false)]),
      ],
      endToken: end, controlTokens: ["<｜User｜>", "<｜Assistant｜>", end], tokenization: .whole)
  }

  /// OpenChat 3.5.
  static func openChat(bosToken: String?) -> ConversationTemplate {
    ConversationTemplate(
      name: "openchat", bosToken: bosToken,
      roles: frames {
        Role(prefix: "GPT4 Correct \($0.prefix(1).uppercased())\($0.dropFirst()): ", suffix: "<|end_of_turn|>")
      },
      endToken: "<|end_of_turn|>", controlTokens: ["<|end_of_turn|>"], tokenization: .whole)
  }
}
