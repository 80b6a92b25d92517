extension Profile {
  /// The same scheme with the id read from other places, and with what that makes of identity.
  ///
  /// An id inside the signed body, or in a header that is itself signed, is bound; any other
  /// header is not. One unbound place makes the whole chain unbound, because a sender who leaves
  /// the bound ones out decides that the other counts.
  package func readingID(from places: [Place]) -> Profile {
    guard places != idPlaces else { return self }
    var profile = self
    profile.identity = identity(of: places)
    profile.idPlaces = places
    // What was signed as the id stays signed, wherever the id is read from now.
    if case .signature(var scheme) = scheme {
      let names = idPlaces.compactMap { place -> String? in
        if case .header(let name) = place { name } else { nil }
      }
      if names.count == idPlaces.count {
        scheme.message = scheme.message.map { $0 == .id ? .header(names) : $0 }
      } else if idPlaces.count == 1, case .json(let pointer) = idPlaces[0] {
        scheme.message = scheme.message.map { $0 == .id ? .field(.init(pointer)) : $0 }
      }
      profile.scheme = .signature(scheme)
    }
    return profile
  }

  /// Whether the id is under the signature wherever it is read from: what `bound_id` says.
  package var bindsID: Bool { identity(of: idPlaces) == .boundID }

  private func identity(of places: [Place]) -> Identity {
    guard !places.isEmpty else { return .digest }
    guard case .signature(let scheme) = scheme else { return .unboundID }
    if places == idPlaces, scheme.message.contains(.id) { return .boundID }
    // The same aliases in the same order as in the message: what is read is what is signed.
    if scheme.message.contains(where: { isHeader($0, of: places) }) { return .boundID }
    for place in places {
      switch place {
      case .json(let pointer):
        // Where the field is signed by itself it has to be there: what comes behind never counts.
        if scheme.signsField(pointer) { return .boundID }
        guard scheme.coversBody else { return .unboundID }
      case .form(let name):
        // Of all fields, sorted and put together, none has ends of its own.
        guard scheme.coversBody || scheme.message.contains(.form(name)) else { return .unboundID }
      case .header:
        guard scheme.message.contains(where: { isHeader($0, of: [place]) }) else {
          return .unboundID
        }
      default: return .unboundID
      }
    }
    return .boundID
  }

  func isHeader(_ part: MessagePart, of places: [Place]) -> Bool {
    let names: [String]
    switch part {
    case .header(let list): names = list
    case .id:
      names = idPlaces.compactMap { place in
        if case .header(let name) = place { name } else { nil }
      }
    default: return false
    }
    guard names.count == places.count else { return false }
    return zip(names, places).allSatisfy { name, place in
      guard case .header(let other) = place else { return false }
      return name.lowercased() == other.lowercased()
    }
  }
}

extension Profile.SignatureScheme {
  /// Whether this field of the body, or of an item, is under the signature by itself, and has to
  /// be there.
  func signsField(_ pointer: String, inItem: Bool = false) -> Bool {
    message.contains { part in
      switch part {
      case .field(let field), .fieldLine(let field):
        field.pointer == pointer && field.isInItem == inItem && !field.isOptional
      default: false
      }
    }
  }
}
