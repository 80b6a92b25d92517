/// The header field `Content-Digest` (RFC 9530): what makes a signature of header fields one of
/// the body.
package enum ContentDigest {
  /// The algorithms that RFC 9530 leaves active; others are passed over.
  package enum Algorithm: String, CaseIterable, Sendable {
    case sha256 = "sha-256"
    case sha512 = "sha-512"

    func digest(_ bytes: Span<UInt8>) -> [UInt8] {
      switch self {
      case .sha256: SHA256.digest(bytes)
      case .sha512: Digest.sha512.digest(bytes)
      }
    }
  }

  private static let name = "Content-Digest"

  /// Holds the body against every digest of a known algorithm, of which there must be one.
  ///
  /// A repeated algorithm is refused: of two digests one could be for other eyes.
  package static func check(_ request: WebhookRequest) throws(VerificationError) {
    let dictionary = try request.headers.dictionary(of: name)
    guard !dictionary.hasRepetition else { throw .malformedHeader(name: name) }
    var digests: [(algorithm: Algorithm, digest: [UInt8])] = []
    for member in dictionary.members {
      guard let algorithm = Algorithm(rawValue: member.key) else { continue }
      guard case .item(.bytes(let digest)) = member.content else {
        throw .malformedHeader(name: name)
      }
      digests.append((algorithm, digest))
    }
    guard !digests.isEmpty else { throw .malformedHeader(name: name) }
    for (algorithm, digest) in digests where algorithm.digest(request.bodyBytes) != digest {
      throw .bodyDigestMismatch
    }
  }

  /// The value of the header field for a body.
  package static func value(
    of body: Span<UInt8>,
    algorithms: [Algorithm] = [.sha256]
  ) -> String {
    var elements: [String] = []
    for algorithm in algorithms {
      elements.append("\(algorithm.rawValue)=:\(Base64.encode(algorithm.digest(body))):")
    }
    return elements.joined(separator: ", ")
  }

  /// The value of the header field for a body.
  package static func value(of body: [UInt8], algorithms: [Algorithm] = [.sha256]) -> String {
    value(of: body.span, algorithms: algorithms)
  }
}
