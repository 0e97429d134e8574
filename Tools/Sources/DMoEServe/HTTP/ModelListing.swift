@_spi(Command) import DMoERM

/// A model as `/v1/models` lists it: OpenAI's keys, vLLM's, and what a reward model has besides.
struct ModelListing {
  private let served: ServedModel

  init(_ served: ServedModel) { self.served = served }

  var json: JSONTree {
    let limit = served.model.configuration.maximumTokens
    let capabilities = served.categories.map { category in
      let points = served.model.isComplete(category: category.id) ? category.points : []
      return (key: category.id, value: JSONTree(points.map { JSONTree($0.id) }))
    }
    return JSONTree([
      "id": JSONTree(served.name), "object": JSONTree("model"),
      "created": JSONTree(Int(served.created.timeIntervalSince1970)), "owned_by": JSONTree("dmoerm"),
      "root": JSONTree(served.name), "parent": .null, "max_model_len": JSONTree(limit),
      "categories": JSONTree(served.categories.map { JSONTree($0.id) }),
      "capabilities": JSONTree(members: capabilities), "max_tokens": JSONTree(limit),
      "has_probabilities": JSONTree(served.hasProbabilities), "fingerprint": JSONTree(served.fingerprint),
    ])
  }
}
