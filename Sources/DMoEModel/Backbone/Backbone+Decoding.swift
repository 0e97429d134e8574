package import DMoECore

/// The angles of the first positions of a text, for every way in which a layer turns them.
package struct RotaryTables: Sendable {
  fileprivate let tables: [RotaryEmbedding: RotaryTable]
}

extension Backbone {
  /// The tables of texts of at most `positions` tokens.
  package func rotaryTables(positions: Int) -> RotaryTables {
    RotaryTables(tables: tables(layers: 0..<layers.count, positions: positions))
  }

  /// Runs all layers over the newest token of every text, before the final norm, and keeps their keys and values.
  ///
  /// Shapes: x [texts, hidden] -> the same.
  package func decode(
    _ graph: Graph, _ x: Variable, _ step: DecodingStep, _ rotary: RotaryTables, adapters: [AdapterSpan] = []
  ) -> Variable {
    precondition(x.rows == step.texts.count, "decode: \(x.rows) rows for \(step.texts.count) texts")
    let positions = step.positions
    return layers.indices.reduce(x) { x, index in
      let setting = BackboneLayer.Setting(
        attention: configuration.attention(in: index), activation: configuration.activation,
        eps: configuration.normEpsilon, layout: RowLayout(),
        rotary: configuration.layers[index].rotary.flatMap { rotary.tables[$0] }, positions: positions,
        adapters: adapters, index: index, decoding: step)
      return layers[index](graph, x, setting)
    }
  }
}
