extension Profile {
  /// A part of a delivery that receivers act upon.
  @nonexhaustive
  public enum Part: String, CaseIterable, Sendable {
    /// The body, all of it.
    case body
    /// The event's id.
    case id
    /// The event's type.
    case type
    /// The time at which it was sent.
    case timestamp
  }

  /// What the signature leaves out: whoever has one delivery can send another that differs there.
  ///
  /// It follows from the scheme. Parts that the provider does not send are not in it, and no more
  /// is a body of which only the boundaries of its fields are open (`MessagePart.formSorted`).
  public var unsignedParts: [Part] {
    Part.allCases.filter { part in
      switch part {
      case .body: !coversBody
      case .id: !idPlaces.isEmpty && !bindsID && !idPlaces.allSatisfy(covers)
      case .type: !typePlaces.isEmpty && !typePlaces.allSatisfy(covers)
      case .timestamp: !coversTimestamp
      }
    }
  }

  private var coversBody: Bool {
    switch scheme {
    case .signature(let scheme): scheme.coversBody || scheme.message.contains(.formSorted)
    case .jsonWebToken(let rule): rule.bodySHA256Claim != nil
    case .httpSignature(let rule): rule.covers("content-digest")
    case .token: false
    }
  }

  /// Tokens and HTTP signatures hold their own time, which is under the signature with the rest.
  private var coversTimestamp: Bool {
    guard case .signature(let scheme) = scheme, let rule = scheme.timestamp else { return true }
    return scheme.message.contains(.timestamp) || rule.places.allSatisfy(covers)
  }

  /// Whether what stands at a place is under the signature.
  private func covers(_ place: Place) -> Bool {
    switch (place, scheme) {
    case (.joined(let places), _): places.allSatisfy(covers)
    case (_, .token): false
    case (.json, _) where coversBody, (.jsonEach, _) where coversBody,
      (.item, _) where coversBody, (.form, _) where coversBody:
      true
    case (.header(let name), .httpSignature(let rule)): rule.covers(name.lowercased())
    case (.query, .httpSignature(let rule)): rule.covers("@target-uri") || rule.covers("@query")
    case (.header, .signature(let scheme)):
      scheme.message.contains { isHeader($0, of: [place]) }
    case (.json(let pointer), .signature(let scheme)): scheme.signsField(pointer)
    case (.item(let pointer), .signature(let scheme)): scheme.signsField(pointer, inItem: true)
    case (.form(let name), .signature(let scheme)): scheme.message.contains(.form(name))
    case (.query, .signature(let scheme)):
      scheme.message.contains { [.url, .path, .pathEscapingQuery].contains($0) }
    default: false
    }
  }
}

extension Profile.HTTPSignatureRule {
  /// Whether every signature that counts covers the component.
  fileprivate func covers(_ component: String) -> Bool { components.contains(component) }
}
