import DMoECore

extension KeyTable {
  /// `config.json`, for all families together: transformers' `configuration_*.py` of each, `configuration_utils.py` and
  /// `modeling_rope_utils.py`.
  static let huggingFace = KeyTable(
    honored: [
      "attention_bias", "head_dim", "hidden_act", "hidden_activation", "hidden_size", "intermediate_size",
      "layer_types", "max_position_embeddings", "max_window_layers", "mlp_bias", "model_type",
      "no_rope_layer_interval", "no_rope_layers", "num_attention_heads", "num_hidden_layers", "num_key_value_heads",
      "original_max_position_embeddings", "partial_rotary_factor", "query_pre_attn_scalar", "rms_norm_eps",
      "rope_local_base_freq", "rope_parameters", "rope_scaling", "rope_theta", "sliding_window",
      "sliding_window_pattern", "tie_word_embeddings", "use_sliding_window", "vocab_size",
    ],
    refused: [
      "attn_logit_softcapping": asksForNothing,
      "final_logit_softcapping": asksForNothing,
      "is_causal": isNullOr(true),
      "per_layer_config": asksForNothing,
      "quantization_config": packsNothing,
      "use_bidirectional_attention": asksForNothing,
    ],
    withoutEffect: [
      "_attn_implementation_autoset", "_commit_hash", "_name_or_path", "_sliding_window_pattern", "architectures",
      "attention_dropout", "attn_implementation", "auto_map", "bos_token_id", "cache_implementation",
      "chunk_size_feed_forward",
      "dtype", "embd_pdrop", "eos_token_id",
      "experts_implementation", "id2label", "initializer_range", "is_encoder_decoder", "label2id", "name_or_path",
      "num_labels", "output_attentions", "output_hidden_states", "pad_token_id", "pretraining_tp", "problem_type",
      "resid_pdrop", "return_dict", "tie_last_hidden_states", "torch_dtype", "transformers_version", "use_cache",
    ] + generation)

  /// What older versions kept in `config.json` for making text; transformers takes them out when it reads one.
  private static let generation = [
    "assistant_confidence_threshold", "assistant_lookbehind", "bad_words_ids", "begin_suppress_tokens",
    "diversity_penalty", "do_sample", "early_stopping", "encoder_no_repeat_ngram_size", "encoder_repetition_penalty",
    "epsilon_cutoff", "eta_cutoff", "exponential_decay_length_penalty", "forced_bos_token_id", "forced_eos_token_id",
    "length_penalty", "max_length", "min_length", "no_repeat_ngram_size", "num_assistant_tokens",
    "num_assistant_tokens_schedule", "num_beam_groups", "num_beams", "num_return_sequences", "output_scores",
    "remove_invalid_values", "repetition_penalty", "return_dict_in_generate", "suppress_tokens", "target_lookbehind",
    "temperature", "top_k", "top_p", "typical_p",
  ]

  /// `rope_parameters` or `rope_scaling` of `config.json`.
  static let rotary = KeyTable(
    honored: [
      "attention_factor", "beta_fast", "beta_slow", "factor", "high_freq_factor", "long_factor", "low_freq_factor",
      "mscale", "mscale_all_dim", "original_max_position_embeddings", "partial_rotary_factor", "rope_theta",
      "rope_type", "short_factor", "truncate", "type",
    ],
    refused: [
      "chunked_attention": asksForNothing, "full_attention": asksForNothing, "sliding_attention": asksForNothing,
    ],
    withoutEffect: ["mrope_section"])

  /// `rope_parameters` of Gemma 3, whose members are such objects themselves.
  static let rotaryByLayer = KeyTable(
    honored: ["full_attention", "sliding_attention"],
    refused: ["factor": asksForNothing, "rope_theta": asksForNothing, "rope_type": isNullOr("default")],
    withoutEffect: [])

  /// `config.json` of a Gemma 3 that sees pictures, around the `text_config` that is read.
  static let pictures = KeyTable(
    honored: ["model_type", "text_config", "tie_word_embeddings"], refused: ["quantization_config": packsNothing],
    withoutEffect: [
      "_attn_implementation_autoset", "_commit_hash", "_name_or_path", "architectures", "boi_token_index",
      "bos_token_id", "dtype", "eoi_token_index", "eos_token_id", "id2label", "image_token_index", "initializer_range",
      "label2id", "mm_tokens_per_image", "num_labels", "pad_token_id", "problem_type", "torch_dtype",
      "transformers_version", "use_cache", "vision_config",
    ])
}

/// Whether weights are plain for all a `quantization_config` says. transformers 5 leaves "gguf" in what is made of a model that was
/// read from a GGUF file, and no folder has weights packed so.
@Sendable private func packsNothing(_ value: JSONValue) -> Bool {
  asksForNothing(value) || value["quant_method"] == .string("gguf")
}
