/// The bytes under the signature, as pieces of what was received: nothing is copied to join them.
struct SignedContent: Sendable {
  enum Piece: Sendable {
    case literal([UInt8])
    /// A range of the header's storage.
    case header(Range<Int>)
    case body
  }

  private(set) var pieces: [Piece] = []

  /// `timestamp` is its text; nil only where none is signed.
  init(
    _ message: [Profile.MessagePart],
    headers: HeaderFields,
    timestamp: Piece?
  ) throws(VerificationError) {
    pieces.reserveCapacity(message.count)
    for (index, part) in message.enumerated() {
      switch part {
      case .literal(let text): pieces.append(.literal(Array(text.utf8)))
      case .body: pieces.append(.body)
      case .timestamp:
        guard let timestamp else {
          preconditionFailure("a profile that signs the timestamp says where it is")
        }
        pieces.append(timestamp)
      case .header(let names):
        let (name, range) = try headers.required(oneOf: names)
        if index + 1 < message.count, case .literal(let delimiter) = message[index + 1] {
          try Self.check(range, of: headers, named: name, isWithout: delimiter)
        }
        pieces.append(.header(range))
      }
    }
  }

  /// Refuses a value that holds the delimiter behind it.
  ///
  /// `a.1` and `2` make the same content as `a` and `1.2`: with such an id, one signature would
  /// stand for two messages, and whoever has the first could send the second.
  private static func check(
    _ range: Range<Int>,
    of headers: HeaderFields,
    named name: String,
    isWithout delimiter: String
  ) throws(VerificationError) {
    let delimiter = Array(delimiter.utf8)
    guard range.count >= delimiter.count else { return }
    for start in range.lowerBound...(range.upperBound - delimiter.count) {
      if headers.storage[start..<start + delimiter.count].elementsEqual(delimiter) {
        throw .malformedHeader(name: name)
      }
    }
  }

  /// The code of the content under a key; nil when libcrypto fails.
  func code(under key: AuthenticationKey, headers: HeaderFields, body: [UInt8]) -> [UInt8]? {
    key.code { context in
      for piece in pieces {
        switch piece {
        case .literal(let bytes): context.update(bytes.span)
        case .header(let range): context.update(headers.storage.span.extracting(range))
        case .body: context.update(body.span)
        }
      }
    }
  }

  /// The content in one piece.
  ///
  /// Ed25519 goes over the message twice, so libcrypto wants it whole.
  func joined(headers: HeaderFields, body: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.count + 128)
    for piece in pieces {
      switch piece {
      case .literal(let literal): bytes += literal
      case .header(let range): bytes += headers.storage[range]
      case .body: bytes += body
      }
    }
    return bytes
  }
}

extension HeaderFields {
  /// The field that counts of several names for one thing: the first name that is present.
  ///
  /// There must be one of it: of two, two readers could take different ones.
  func single(oneOf names: [String]) throws(VerificationError) -> (String, Range<Int>)? {
    for name in names {
      guard let range = firstValueRange(of: name) else { continue }
      guard count(of: name) == 1 else { throw .malformedHeader(name: name) }
      return (name, range)
    }
    return nil
  }

  /// As `single`, where there must be one, with something in it.
  func required(oneOf names: [String]) throws(VerificationError) -> (String, Range<Int>) {
    guard let (name, range) = try single(oneOf: names) else {
      throw .missingHeader(name: names.first ?? "")
    }
    guard !range.isEmpty else { throw .malformedHeader(name: name) }
    return (name, range)
  }
}
