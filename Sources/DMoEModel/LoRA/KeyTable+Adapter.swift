import DMoECore

extension KeyTable {
  /// `adapter_config.json`: PEFT's `tuners/lora/config.py` and `config.py`.
  static let adapter = KeyTable(
    honored: [
      "alpha_pattern", "exclude_modules", "layers_pattern", "layers_to_transform", "lora_alpha", "lora_dropout",
      "modules_to_save", "peft_type", "r", "rank_pattern", "target_modules", "use_rslora",
    ],
    refused: [
      "alora_invocation_tokens": asksForNothing,
      "arrow_config": asksForNothing,
      "bias": isNullOr("none"),
      // The other ways to begin change the backbone's weights too.
      "init_lora_weights": leavesTheBackboneAlone,
      "kasa_config": asksForNothing,
      "layer_replication": asksForNothing,
      "lora_bias": asksForNothing,
      "megatron_config": asksForNothing,
      "monteclora_config": asksForNothing,
      "target_parameters": asksForNothing,
      "trainable_token_indices": asksForNothing,
      "use_bdlora": asksForNothing,
      "use_dora": asksForNothing,
      "use_qalora": asksForNothing,
      "velora_config": asksForNothing,
    ],
    withoutEffect: [
      "auto_mapping", "base_model_name_or_path", "corda_config", "ensure_weight_tying", "eva_config",
      "fan_in_fan_out", "inference_mode", "loftq_config", "lora_ga_config", "megatron_core", "peft_version",
      "qalora_group_size", "revision", "runtime_config", "task_type",
    ])

  /// What PEFT's `LoraLayer` draws or reads without touching the layer it stands beside.
  @Sendable private static func leavesTheBackboneAlone(_ value: JSONValue) -> Bool {
    switch value {
    case .null, .bool: true
    case .string(let name): ["gaussian", "eva", "orthogonal", "mica"].contains(name.lowercased())
    default: false
    }
  }
}
