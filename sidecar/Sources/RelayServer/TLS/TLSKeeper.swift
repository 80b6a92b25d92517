package import RelayConfiguration
internal import RelaySystem
internal import RelayTLS
internal import Synchronization
internal import WebhookReceiver

/// Keeps the TLS of one surface at what its files hold.
///
/// It compares contents: times and inodes say too little where a secret is mounted by way of a
/// symbolic link, or a file system counts whole seconds. New contents are taken when two looks in a
/// row have seen them, so that a certificate whose key is still being written is no news.
package final class TLSKeeper: Sendable {
  /// How often the files are looked at: a few kilobytes each time.
  static let lookMilliseconds: Int32 = 1000
  /// The key of session tickets is replaced after this long, or as soon after it as the files can
  /// be served again (RFC 9325 §3.4).
  ///
  /// It is as old as its context, and a ticket of TLS 1.2 seals the secret of its session: whoever
  /// gets hold of the key can read every session that was given one, the full one that began it as
  /// well as those that resumed it.
  package static let ticketKeyNanoseconds: Int64 = 12 * 3600 * 1_000_000_000

  private struct State {
    var inForce: [UInt8]
    var lastSeen: [UInt8]
    /// Contents that were refused, and are not tried again.
    var refused: [UInt8]?
    var failure: String?
    var madeAt: Int64
  }

  let surface: Metrics.Surface
  let paths: ListenerTLS
  package let desk: TLSDesk
  private let log: Log
  private let state: Mutex<State>

  package init(
    _ surface: Metrics.Surface,
    _ paths: ListenerTLS,
    log: Log
  ) throws(StartError) {
    self.surface = surface
    self.paths = paths
    self.log = log
    let found = Self.read(paths)
    do throws(TLSProblem) {
      desk = TLSDesk(try Self.makeContext(found, paths))
    } catch {
      throw StartError("\(surface.rawValue).tls: \(error.text)", exitCode: ExitCode.isFalse)
    }
    let digest = Self.digest(found)
    state = Mutex(
      State(inForce: digest, lastSeen: digest, madeAt: SystemClock.monotonicNanoseconds())
    )
  }

  /// Why the files are not what is served; nil while they are.
  var failure: String? { state.withLock { $0.failure } }

  /// Looks once; `now` in monotonic nanoseconds.
  ///
  /// One thread at a time.
  package func look(at now: Int64) {
    let found = Self.read(paths)
    let digest = Self.digest(found)
    let (before, seen) = state.withLock { state in
      defer { state.lastSeen = digest }
      return (state, state.lastSeen)
    }
    if digest == before.inForce {
      let isOld = now - before.madeAt >= Self.ticketKeyNanoseconds
      guard before.failure != nil || isOld else { return }
      return renew(found, digest, at: now, isNew: before.failure != nil)
    }
    guard digest == seen, digest != before.refused else { return }
    renew(found, digest, at: now, isNew: true)
  }

  private func renew(
    _ found: Result<ListenerTLSContents, TLSProblem>,
    _ digest: [UInt8],
    at now: Int64,
    isNew: Bool
  ) {
    do throws(TLSProblem) {
      let context = try Self.makeContext(found, paths)
      desk.replace(with: context)
      state.withLock { $0 = State(inForce: digest, lastSeen: digest, madeAt: now) }
      if isNew { say(context) }
    } catch {
      state.withLock {
        $0.refused = digest
        $0.failure = error.text
      }
      log.error(
        "tls_files_refused",
        [
          "surface": .text(surface.rawValue),
          "reason": .text(error.text),
          "detail": .text("what was loaded before stays in force; mend the files"),
        ]
      )
    }
  }

  private func say(_ context: TLSServerContext) {
    for (identity, certificate) in zip(paths.identities, context.certificates) {
      log.info(
        "tls_certificate_loaded",
        [
          "surface": .text(surface.rawValue),
          "file": .text(identity.certificate),
          "names": .text(certificate.names.joined(separator: " ")),
          "expires_at": .text(TLSExaminer.text(certificate.notAfter)),
        ]
      )
    }
  }
}

/// What is wrong with a file, and what to do.
struct TLSProblem: Error {
  let text: String
}

extension TLSKeeper {
  private static func read(_ paths: ListenerTLS) -> Result<ListenerTLSContents, TLSProblem> {
    do throws(TLSProblem) {
      var contents = ListenerTLSContents(identities: [])
      for identity in paths.identities {
        contents.identities.append(
          .init(
            certificate: try read(identity.certificate),
            privateKey: try read(identity.privateKey)
          )
        )
      }
      if let path = paths.clientAuthorities { contents.clientAuthorities = try read(path) }
      return .success(contents)
    } catch {
      return .failure(error)
    }
  }

  private static func read(_ path: String) throws(TLSProblem) -> [UInt8] {
    do throws(SystemError) {
      return try readFile(path, limit: Limit.namedFileBytes)
    } catch {
      throw TLSProblem(text: "cannot read \(path): \(error.reason)")
    }
  }

  private static func makeContext(
    _ found: Result<ListenerTLSContents, TLSProblem>,
    _ paths: ListenerTLS
  ) throws(TLSProblem) -> TLSServerContext {
    let contents = try found.get()
    do throws(TLSServerContext.Refusal) {
      return try TLSServerContext(contents)
    } catch {
      let path =
        switch error.part {
        case .certificate(let index): paths.identities[index].certificate
        case .privateKey(let index): paths.identities[index].privateKey
        case .clientAuthorities: paths.clientAuthorities ?? ""
        case .nothing: "libssl"
        }
      throw TLSProblem(text: "\(path): \(error.failure); \(error.suggestion)")
    }
  }

  /// Tells contents apart; a failure to read counts as contents of its own.
  private static func digest(_ found: Result<ListenerTLSContents, TLSProblem>) -> [UInt8] {
    var bytes: [UInt8] = []
    switch found {
    case .failure(let problem): bytes = Array("!\(problem.text)".utf8)
    case .success(let contents):
      for identity in contents.identities {
        append(identity.certificate, to: &bytes)
        append(identity.privateKey, to: &bytes)
      }
      append(contents.clientAuthorities ?? [], to: &bytes)
    }
    return SHA256.digest(bytes)
  }

  /// With its length in front, so that bytes which move to another file are a change.
  private static func append(_ part: [UInt8], to bytes: inout [UInt8]) {
    bytes += Array("\(part.count):".utf8)
    bytes += part
  }
}
