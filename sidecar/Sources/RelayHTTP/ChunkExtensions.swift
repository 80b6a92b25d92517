/// The extensions of one chunk, byte by byte (RFC 9112 §7.1.1).
///
///     chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
///
/// Nobody here knows any, and they are dropped. They have this form all the same: a quote that is
/// open at the end of the line is one that another reader looks for in the data behind it.
struct ChunkExtensions: Equatable, Sendable {
  private enum State: Equatable, Sendable {
    /// Behind the semicolon: the first byte of a name is due.
    case name
    case inName
    /// Blanks behind a name: an equals sign or a semicolon is due.
    case behindName
    case value
    case inToken
    case inQuotes
    case escaped
    case behindQuotes
    /// Blanks behind a value: a semicolon is due.
    case behindValue
  }

  private var state = State.name

  /// Takes a byte; false where it has no place.
  mutating func take(_ byte: UInt8) -> Bool {
    switch (state, byte) {
    case (.name, _) where Words.isBlank(byte): break
    case (.name, _) where Words.isToken(byte): state = .inName
    case (.inName, _) where Words.isToken(byte): break
    case (.inName, 0x3D), (.behindName, 0x3D): state = .value
    case (.inName, 0x3B), (.behindName, 0x3B), (.inToken, 0x3B), (.behindQuotes, 0x3B),
      (.behindValue, 0x3B):
      state = .name
    case (.inName, _) where Words.isBlank(byte), (.behindName, _) where Words.isBlank(byte):
      state = .behindName
    case (.value, _) where Words.isBlank(byte): break
    case (.value, 0x22): state = .inQuotes
    case (.value, _) where Words.isToken(byte): state = .inToken
    case (.inToken, _) where Words.isToken(byte): break
    case (.inQuotes, 0x22): state = .behindQuotes
    case (.inQuotes, 0x5C): state = .escaped
    case (.inQuotes, _) where Words.isFieldByte(byte): break
    case (.escaped, _) where Words.isFieldByte(byte): state = .inQuotes
    case (.inToken, _) where Words.isBlank(byte), (.behindQuotes, _) where Words.isBlank(byte),
      (.behindValue, _) where Words.isBlank(byte):
      state = .behindValue
    default: return false
    }
    return true
  }

  /// Whether the line may end here.
  var mayEnd: Bool {
    switch state {
    case .inName, .inToken, .behindQuotes: true
    case .name, .behindName, .value, .inQuotes, .escaped, .behindValue: false
    }
  }
}
