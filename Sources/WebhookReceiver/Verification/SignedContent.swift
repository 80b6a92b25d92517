/// The bytes under the signature, as pieces of what was received: nothing is copied to join them.
struct SignedContent {
  private let parts: [ContentPart]
  /// The body in the variant that is tried.
  private let body: [UInt8]
  private let timestamp: FoundText
  /// What had to be worked out, in the order of the parts that need it.
  private let extras: [[UInt8]]
  private let request: WebhookRequest

  /// Finds everything that the message is made of.
  ///
  /// `timestamp` is the text that the time was read from, nil where the scheme has none; `variant`
  /// is the form of URL and body that is tried.
  init(
    _ parts: [ContentPart],
    _ reader: inout RequestReader,
    timestamp: FoundText?,
    variant: MessageVariant
  ) throws(VerificationError) {
    self.parts = parts
    request = reader.request
    self.timestamp = timestamp ?? .owned([])
    body = variant.body
    var extras: [[UInt8]] = []
    for part in parts {
      switch part {
      case .literal, .body, .timestamp: continue
      case .header(let names, let delimiter):
        let (name, range) = try request.headers.required(oneOf: names)
        try Self.check(request.headers.storage[range], named: name, isWithout: delimiter)
      case .extra(let extra, let delimiter):
        extras.append(try extra.bytes(&reader, variant, delimiter: delimiter))
      }
    }
    self.extras = extras
  }

  /// Refuses a value that holds the delimiter behind it.
  ///
  /// `a.1` and `2` make the same content as `a` and `1.2`: with such an id, one signature would
  /// stand for two messages, and whoever has the first could send the second.
  static func check(
    _ value: ArraySlice<UInt8>,
    named name: String,
    isWithout delimiter: [UInt8]
  ) throws(VerificationError) {
    guard !delimiter.isEmpty, value.count >= delimiter.count else { return }
    if delimiter.count == 1 {
      guard !value.contains(delimiter[0]) else { throw .malformedHeader(name: name) }
      return
    }
    for start in value.startIndex...(value.endIndex - delimiter.count) {
      if value[start..<start + delimiter.count].elementsEqual(delimiter) {
        throw .malformedHeader(name: name)
      }
    }
  }

  /// Hands over the content piece by piece; `secret` stands where the message has it.
  func forEachPiece(secret: Span<UInt8>, _ use: (Span<UInt8>) -> Void) {
    var extraIndex = 0
    for part in parts {
      switch part {
      case .literal(let bytes): use(bytes.span)
      case .body: use(body.span)
      case .timestamp: useTimestamp(use)
      case .header(let names, _):
        if let range = request.headers.firstPresent(of: names) {
          use(request.headers.storage.span.extracting(range))
        }
      case .extra(.secret, _):
        use(secret)
        extraIndex += 1
      case .extra:
        let bytes = extras[extraIndex]
        use(bytes.span)
        extraIndex += 1
      }
    }
  }

  private func useTimestamp(_ use: (Span<UInt8>) -> Void) {
    switch timestamp {
    case .header(let range): use(request.headers.storage.span.extracting(range))
    case .body(let range): use(request.body.span.extracting(range))
    case .owned(let bytes): use(bytes.span)
    }
  }

  /// Writes the code of the content under a key; false when libcrypto fails.
  func authenticate(under key: AuthenticationKey, into code: inout AuthenticationCode) -> Bool {
    key.authenticate(into: &code) { context in
      forEachPiece(secret: Span()) { context.update($0) }
    }
  }

  /// The content in one piece, with the secret where the message has it.
  ///
  /// Signatures of public keys want it whole, and so does a plain hash.
  func joined(secret: Span<UInt8> = Span()) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.count + 256)
    forEachPiece(secret: secret) { piece in
      for index in piece.indices { bytes.append(piece[index]) }
    }
    return bytes
  }
}

/// One of the forms in which a provider may have signed URL and body.
struct MessageVariant {
  var url: Profile.URLVariant
  var urlDecoding: [String]
  var body: [UInt8]
}

extension HeaderFields {
  /// Where the value of the first name that is present lies.
  func firstPresent(of names: [String]) -> Range<Int>? {
    for name in names {
      if let range = firstValueRange(of: name) { return range }
    }
    return nil
  }

  /// The field that counts of several names for one thing: the first name that is present.
  func required(oneOf names: [String]) throws(VerificationError) -> (String, Range<Int>) {
    for name in names {
      guard let range = try only(name) else { continue }
      guard !range.isEmpty else { throw .malformedHeader(name: name) }
      return (name, range)
    }
    throw .missingHeader(name: names.first ?? "")
  }
}
