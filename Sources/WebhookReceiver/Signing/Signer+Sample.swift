/// Events for trying an endpoint out.
extension Signer {
  /// A small body with the id and the type where the profile reads them.
  ///
  /// Those in headers are the request's; `id` and `type` stand at the top all the same, where
  /// people look for them.
  package func sampleBody(id: String, type: String?, number: Int) -> [UInt8] {
    let type = type ?? (profile.sampleType.isEmpty ? "webhook.test" : profile.sampleType)
    var tree = JSONValue.object([])
    for (text, places) in [(id, profile.idPlaces), (type, profile.typePlaces)] {
      guard case .json(let pointer)? = places.first, let path = try? JSONPointer(pointer) else {
        continue
      }
      _ = tree.set(.string(text), at: path.tokens.map(\.key)[...])
    }
    for (key, value) in [
      ("id", JSONValue.string(id)), ("type", .string(type)), ("number", .number("\(number)")),
    ] where tree[key] == nil {
      _ = tree.set(value, at: [Array(key.utf8)])
    }
    return tree.bytes
  }

  /// Whether an id that is given goes into the request, and is not only the body's to say.
  package var placesID: Bool {
    if Self.isPlaced(profile.idPlaces.first) { return true }
    guard case .signature(let scheme) = profile.scheme,
      case .json(let pointer)? = profile.idPlaces.first
    else { return false }
    return scheme.message.contains(.field(.init(pointer)))
  }

  /// Whether a type that is given goes into the request.
  package var placesType: Bool { Self.isPlaced(profile.typePlaces.first) }

  private static func isPlaced(_ place: Profile.Place?) -> Bool {
    switch place {
    case .header, .joined: true
    default: false
    }
  }
}
