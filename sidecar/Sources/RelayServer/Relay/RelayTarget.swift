internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import RelayTLS
internal import WebhookReceiver

/// A destination as the egress thread uses it: what can be made once is.
final class RelayTarget: Sendable {
  let plan: DestinationPlan
  let counters: DestinationCounters
  /// Nil: the hop is not signed.
  let signer: Signer?
  /// Nil where no URL is https.
  let trust: TLSClientContext?
  /// The fields that every delivery carries.
  let fixed: RequestFields
  /// Names in lower case that the provider's fields do not keep: those of the connection, ours,
  /// and the fixed ones.
  let dropped: Set<String>

  init(
    _ plan: DestinationPlan,
    secrets: [Secret],
    counters: DestinationCounters
  ) throws(RelayTargetError) {
    self.plan = plan
    self.counters = counters
    signer = secrets.isEmpty ? nil : Signer(.standardWebhooks, secrets: secrets)
    trust = try Self.trust(plan)
    var fields = RequestFields()
    for header in plan.headers {
      do throws(RequestRefusal) {
        try fields.append(header.name, header.value)
      } catch {
        throw RelayTargetError("header \(header.name): \(error.reason)")
      }
    }
    fixed = fields
    dropped = RelayHeaderRules.hopByHop.union(RelayHeaderRules.own)
      .union(plan.headers.map { $0.name.lowercased() })
  }

  /// A chain of certificates, or a bundle of authorities.
  private static let pemBytesMax = 4 << 20

  private static func trust(_ plan: DestinationPlan) throws(RelayTargetError) -> TLSClientContext? {
    guard plan.urls.contains(where: \.origin.isTLS) else { return nil }
    let authorities = try plan.tls.authorities.map(read)
    var identity: TLSClientContext.Identity?
    if let certificate = plan.tls.certificate, let key = plan.tls.privateKey {
      identity = TLSClientContext.Identity(
        certificateChain: try read(certificate),
        privateKey: try read(key)
      )
    }
    do throws(TLSFailure) {
      return try TLSClientContext(
        roots: authorities.map { .pem($0) } ?? .system,
        identity: identity
      )
    } catch {
      throw RelayTargetError("tls: \(error)")
    }
  }

  private static func read(_ path: String) throws(RelayTargetError) -> [UInt8] {
    do throws(SystemError) {
      return try readFile(path, limit: pemBytesMax)
    } catch {
      throw RelayTargetError("tls: \(error)")
    }
  }
}

/// Why nothing can be sent to a destination.
struct RelayTargetError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
