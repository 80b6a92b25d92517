/// Public keys that a provider publishes under names (RFC 7517).
package struct JSONWebKeySet: Sendable {
  /// Providers publish two to five keys of some 500 bytes.
  static let bytesMax = 64 << 10
  static let keysMax = 64
  /// Signatures that name no key are tried with so many: a check costs a tenth of a millisecond.
  static let candidatesMax = 8

  private var keys: [(id: String?, key: PublicKey)] = []

  /// Reads `{"keys": […]}`, or one key alone; keys of kinds that are not known are passed over.
  package init(_ text: Span<UInt8>) throws(JSONWebKeyError) {
    guard text.count <= Self.bytesMax else { throw .tooLong }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(text)
    } catch {
      throw .notJSON
    }
    let elements = value["keys"]?.array ?? [value]
    guard elements.count <= Self.keysMax else { throw .tooLong }
    for element in elements {
      guard element["use"]?.string ?? "sig" == "sig", let key = Self.key(element) else { continue }
      keys.append((element["kid"]?.string, key))
    }
    guard !keys.isEmpty else { throw .noKeys }
  }

  /// The key of that name, or the only one, where the signature names none.
  func key(named id: String?) -> PublicKey? {
    guard let id else { return keys.count == 1 ? keys[0].key : nil }
    return keys.first { $0.id == id }?.key
  }

  /// Those to try when a signature has no way to name its key.
  var candidates: [PublicKey] { keys.prefix(Self.candidatesMax).map(\.key) }

  private static func key(_ value: JSONValue) -> PublicKey? {
    func bytes(_ name: String) -> [UInt8]? {
      value[name]?.string.flatMap { Base64.decode($0, alphabet: .url, padding: .none) }
    }
    switch value["kty"]?.string {
    case "RSA":
      guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
      return PublicKey(modulus: modulus, exponent: exponent)
    case "EC":
      guard value["crv"]?.string == "P-256", let x = bytes("x"), let y = bytes("y") else {
        return nil
      }
      return PublicKey(x: x, y: y)
    case "OKP":
      guard value["crv"]?.string == "Ed25519", let x = bytes("x") else { return nil }
      return PublicKey(ed25519: x.span)
    default: return nil
    }
  }
}

/// Why a text is no set of keys.
package enum JSONWebKeyError: Error, Equatable, Sendable, CustomStringConvertible {
  case tooLong
  case notJSON
  case noKeys

  package var description: String {
    switch self {
    case .tooLong: "it is longer than \(JSONWebKeySet.bytesMax) bytes or has too many keys"
    case .notJSON: "it is not JSON"
    case .noKeys: "it holds no RSA, P-256 or Ed25519 key for signatures"
    }
  }
}
