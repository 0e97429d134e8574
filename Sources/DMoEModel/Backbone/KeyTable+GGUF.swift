import DMoECore

extension KeyTable {
  /// The metadata of a GGUF file of one architecture: llama.cpp's `llama-arch.cpp`, `llama-model.cpp` and
  /// `llama-vocab.cpp`, and the names of gguf-py's `constants.py`.
  static func gguf(_ architecture: String) -> KeyTable {
    func all(_ names: [String]) -> [String] { names.map { $0.replacing("{arch}", with: architecture) } }
    // Read of Gemma 3 alone.
    let own = architecture == "gemma3" ? all(ggufOfGemma) : []
    let refused = Dictionary(
      uniqueKeysWithValues: ggufRefused.map { ($0.key.replacing("{arch}", with: architecture), $0.value) })
    return KeyTable(
      honored: all(ggufHonored) + own, refused: refused.filter { !own.contains($0.key) },
      withoutEffect: all(ggufWithoutEffect))
  }

  /// What is read of Gemma 3 on top.
  static let ggufOfGemma = ["{arch}.attention.sliding_window_pattern", "{arch}.rope.freq_base_swa"]

  private static let ggufHonored = [
    "general.alignment", "general.architecture", "split.count", "split.no", "split.tensors.count",
    "tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id", "tokenizer.ggml.merges", "tokenizer.ggml.model",
    "tokenizer.ggml.padding_token_id", "tokenizer.ggml.pre", "tokenizer.ggml.scores", "tokenizer.ggml.token_type",
    "tokenizer.ggml.tokens",
    "{arch}.attention.head_count", "{arch}.attention.head_count_kv", "{arch}.attention.key_length",
    "{arch}.attention.layer_norm_rms_epsilon", "{arch}.attention.sliding_window", "{arch}.attention.value_length",
    "{arch}.block_count", "{arch}.context_length", "{arch}.embedding_length", "{arch}.feed_forward_length",
    "{arch}.rope.dimension_count", "{arch}.rope.freq_base", "{arch}.rope.scale_linear",
    "{arch}.rope.scaling.attn_factor", "{arch}.rope.scaling.factor", "{arch}.rope.scaling.original_context_length",
    "{arch}.rope.scaling.type", "{arch}.rope.scaling.yarn_beta_fast", "{arch}.rope.scaling.yarn_beta_slow",
    "{arch}.vocab_size",
  ]

  private static let ggufRefused: [String: @Sendable (JSONValue) -> Bool] = [
    "general.type": isNullOr("model", ""),
    "{arch}.attention.causal": isNullOr(true),
    "{arch}.attention.clamp_kqv": asksForNothing,
    "{arch}.attention.max_alibi_bias": asksForNothing,
    "{arch}.attention.output_scale": isNullOr(0, 1),
    "{arch}.attention.scale": asksForNothing,
    "{arch}.attention.shared_kv_layers": asksForNothing,
    "{arch}.attention.sliding_window_pattern": asksForNothing,
    "{arch}.attention.temperature_length": asksForNothing,
    "{arch}.attention.temperature_scale": asksForNothing,
    "{arch}.attn_logit_softcapping": asksForNothing,
    "{arch}.embedding_scale": isNullOr(0, 1),
    "{arch}.expert_count": asksForNothing,
    "{arch}.expert_used_count": asksForNothing,
    "{arch}.logit_scale": isNullOr(0, 1),
    "{arch}.residual_scale": isNullOr(0, 1),
    "{arch}.rope.dimension_sections": asksForNothing,
    "{arch}.rope.freq_base_swa": asksForNothing,
    "{arch}.rope.scaling.alpha": isNullOr(0, 1),
    "{arch}.rope.scaling.yarn_attn_factor": isNullOr(0, 1),
    "{arch}.rope.scaling.yarn_ext_factor": isNullOr(-1, 1),
    "{arch}.rope.scaling.yarn_log_multiplier": asksForNothing,
    "{arch}.swin_norm": asksForNothing,
    "{arch}.use_parallel_residual": asksForNothing,
  ]

  private static let ggufWithoutEffect = [
    "general.author", "general.base_model.*", "general.basename", "general.dataset.*", "general.description",
    "general.doi", "general.file_type", "general.finetune", "general.languages", "general.license",
    "general.license.*", "general.name", "general.organization", "general.quantization_version",
    "general.quantized_by", "general.repo_url", "general.sampling.*", "general.size_label", "general.source.*",
    "general.tags", "general.url", "general.uuid", "general.version", "quantize.imatrix.*",
    "tokenizer.chat_template", "tokenizer.chat_template.*", "tokenizer.chat_templates",
    "tokenizer.ggml.add_bos_token", "tokenizer.ggml.add_eos_token", "tokenizer.ggml.add_sep_token",
    "tokenizer.ggml.add_space_prefix", "tokenizer.ggml.cls_token_id", "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.eot_token_id", "tokenizer.ggml.fim_mid_token_id", "tokenizer.ggml.fim_pad_token_id",
    "tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.fim_rep_token_id", "tokenizer.ggml.fim_sep_token_id",
    "tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.mask_token_id", "tokenizer.ggml.middle_token_id",
    "tokenizer.ggml.precompiled_charsmap", "tokenizer.ggml.prefix_token_id",
    "tokenizer.ggml.remove_extra_whitespaces", "tokenizer.ggml.seperator_token_id",
    "tokenizer.ggml.suffix_token_id", "tokenizer.ggml.token_type_count", "tokenizer.ggml.unknown_token_id",
    "tokenizer.huggingface.json", "{arch}.classifier.output_labels",
    "{arch}.classifier.pooling_type", "{arch}.final_logit_softcapping",
    "{arch}.pooling_type", "{arch}.rope.scaling.finetuned", "{arch}.tensor_data_layout",
  ]
}
