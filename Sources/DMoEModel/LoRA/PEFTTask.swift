/// A task of a model in Python's PEFT: `task_type` of `adapter_config.json`, which says under which class its adapter is
/// opened.
package enum PEFTTask: String, Sendable {
  /// A classifier, such as a reward model.
  case sequenceClassification = "SEQ_CLS"
  /// A language model that writes.
  case causalLanguageModel = "CAUSAL_LM"
}
