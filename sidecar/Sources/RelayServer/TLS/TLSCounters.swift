internal import RelayTLS
internal import Synchronization

/// What came of the handshakes of one surface.
final class TLSCounters: Sendable {
  /// Why a connection did not come to be, or broke; a fixed set, so that nobody can make a series.
  enum Failure: String, CaseIterable, Sendable {
    case notTLS = "not_tls"
    case plainHTTP = "plain_http"
    case noCommonVersion = "no_common_version"
    case noCommonCipher = "no_common_cipher"
    case noCommonProtocol = "no_common_protocol"
    case certificateMissing = "certificate_missing"
    case certificateRefused = "certificate_refused"
    /// The client sent an alert: it does not trust our certificate, most often.
    case clientRefused = "client_refused"
    /// The connection ended within the handshake.
    case closed = "closed"
    case timedOut = "timed_out"
    /// Others wanted to shake hands, and this one had been at it longest.
    case crowdedOut = "crowded_out"
    case other = "other"

    init(_ kind: TLSFailure.Kind) {
      self =
        switch kind {
        case .notTLS: .notTLS
        case .plainHTTP: .plainHTTP
        case .noCommonVersion: .noCommonVersion
        case .noCommonCipher: .noCommonCipher
        case .noCommonProtocol: .noCommonProtocol
        case .certificateMissing: .certificateMissing
        case .certificateExpired, .certificateNotYetValid, .nameMismatch, .selfSigned,
          .unknownAuthority, .certificateRevoked, .certificateWeak, .certificateRefused:
          .certificateRefused
        case .peerRefused: .clientRefused
        case .truncated: .closed
        case .trustUnusable, .identityUnusable, .keyEncrypted, .keyMismatch, .other: .other
        }
    }
  }

  let full = Atomic<UInt64>(0)
  let resumed = Atomic<UInt64>(0)
  private let failures = Mutex([UInt64](repeating: 0, count: Failure.allCases.count))

  init() {}

  func finish(isResumed: Bool) {
    if isResumed { resumed.add(1, ordering: .relaxed) } else { full.add(1, ordering: .relaxed) }
  }

  func fail(_ failure: Failure) {
    guard let index = Failure.allCases.firstIndex(of: failure) else { return }
    failures.withLock { $0[index] += 1 }
  }

  var failed: [(failure: Failure, count: UInt64)] {
    let counts = failures.withLock { $0 }
    return zip(Failure.allCases, counts).map { (failure: $0, count: $1) }
  }
}
