/// Published heads and classes that are known and not implemented, each with what is missing.
enum UnsupportedHead {
  /// What is missing to read a model with these head tensors; `nil` where nothing is known against it.
  static func reason(_ configuration: ClassifierConfiguration, _ names: [String]) -> String? {
    func has(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix) } }
    if configuration.quantiles != nil || has("gating_newtork.") {
      return "it gives quantiles of every objective (QRM), and only plain objectives are implemented"
    }
    if has("v_head.summary") {
      return "its head is an MLP (v_head.summary), which is not implemented; read is one linear layer (score.weight)"
    }
    if has("v_head.") {
      return "its head v_head is read at a token of its own, which is not implemented"
    }
    if has("score.0.") || has("score.2.") {
      return "its head is an MLP (\(names.joined(separator: ", "))), which is not implemented; "
        + "read is one linear layer (score.weight)"
    }
    if names.contains(where: { $0.hasPrefix("cls.") && $0 != "cls.output.weight" }) {
      return "its head has more than one linear layer (\(names.joined(separator: ", "))), which is not implemented"
    }
    if names.contains("score.bias") { return "its head has a bias (score.bias), which is not implemented" }
    if configuration.className.hasSuffix("ForTokenClassification") || configuration.className.contains("ProcessReward")
    {
      return "its class \(configuration.className) gives a reward to every token or step, not to a response"
    }
    return nil
  }

  /// What is missing to read `score.weight` of a class that is not transformers' own; `nil` where it is, or OpenRLHF's.
  static func reason(className configuration: ClassifierConfiguration) -> String? {
    let name = configuration.className
    if configuration.hasOwnCode {
      return "its class \(name) comes with code of its own (auto_map of config.json), which is not run here"
    }
    if name.hasSuffix("ForSequenceClassification") || name.isEmpty || name == "RewardModel" { return nil }
    if name.hasSuffix("ForCausalLM") {
      return "its class \(name) is a language model's, which has no head, and its files have score.weight; if that is "
        + "the head that it was trained with, name its class in config.json: \"architectures\": "
        + "[\"\(name.dropLast("ForCausalLM".count))ForSequenceClassification\"]"
    }
    return "its class \(name) is none of transformers' classifiers, and what it does with its head is not known"
  }
}
