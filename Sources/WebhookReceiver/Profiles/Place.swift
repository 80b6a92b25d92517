extension Profile.Place: CustomStringConvertible {
  /// Reads the form of the configuration: `header:X-GitHub-Delivery` or `json:/id`.
  package init(_ text: String) throws(PlaceError) {
    if let name = Self.text(text, after: "header:") {
      guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
        throw .invalidHeaderName(name)
      }
      self = .header(name)
    } else if let pointer = Self.text(text, after: "json:") {
      do throws(JSONPointerError) {
        self = .json(try JSONPointer(pointer))
      } catch {
        throw .invalidPointer(error)
      }
    } else {
      throw .unknownKind(text)
    }
  }

  package var description: String {
    switch self {
    case .header(let name): "header:\(name)"
    case .json(let pointer): "json:\(pointer.text)"
    }
  }

  private static func text(_ text: String, after prefix: String) -> String? {
    text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
  }

  /// The characters of a header name (RFC 9110 section 5.6.2).
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}

/// Why a text does not name a place in a request.
package enum PlaceError: Error, Equatable, Sendable, CustomStringConvertible {
  case unknownKind(String)
  case invalidHeaderName(String)
  case invalidPointer(JSONPointerError)

  package var description: String {
    switch self {
    case .unknownKind(let text):
      "\"\(text)\" names no place; write header:Name or json:/pointer"
    case .invalidHeaderName(let name):
      "\"\(name)\" is no header name; write it without colon and blanks"
    case .invalidPointer(let error): error.description
    }
  }
}

extension Profile {
  /// The same scheme with the id read from other places, and with what that makes of identity.
  ///
  /// An id inside the signed body, or in a header that is itself signed, is bound; any other
  /// header is not. One unbound place makes the whole chain unbound, because a sender who leaves
  /// the bound ones out decides that the other counts.
  package func readingID(from places: [Place]) -> Profile {
    Profile(
      id: id,
      title: title,
      digest: digest,
      key: key,
      signature: signature,
      timestamp: timestamp,
      message: message,
      idPlaces: places,
      typePlaces: typePlaces,
      sampleType: sampleType,
      identity: identity(of: places),
      retryHorizon: retryHorizon,
      deduplicationWindow: deduplicationWindow,
      reply: reply,
      secretHeaders: secretHeaders,
      unsignedTypes: unsignedTypes,
      senders: senders,
      references: references
    )
  }

  private func identity(of places: [Place]) -> Identity {
    guard !places.isEmpty else { return .digest }
    // The same aliases in the same order as in the message: what is read is what is signed.
    if message.contains(where: { isHeader($0, of: places) }) { return .boundID }
    let isBound = places.allSatisfy { place in
      switch place {
      case .json: message.contains(.body)
      case .header: message.contains { isHeader($0, of: [place]) }
      }
    }
    return isBound ? .boundID : .unboundID
  }

  private func isHeader(_ part: MessagePart, of places: [Place]) -> Bool {
    guard case .header(let names) = part, names.count == places.count else { return false }
    return zip(names, places).allSatisfy { name, place in
      guard case .header(let other) = place else { return false }
      return name.lowercased() == other.lowercased()
    }
  }
}
