internal import Synchronization

/// Fetches one document over HTTPS: how, is the application's business.
///
/// It should ask with a client that checks certificates and host names, follow no redirect, and
/// stop at `KeyCache.documentBytesMax` bytes. URLs come from the profile, or from a request within
/// what the profile allows; they are checked before.
public protocol KeyLoader: Sendable {
  /// The body of the answer with the status 200; throws in every other case.
  func load(_ url: String) async throws -> [UInt8]
}

/// Keys that providers publish, fetched outside of the way of requests and kept for a while.
///
/// A verifier asks without waiting: a key that is not there is fetched in the background, once
/// however many requests want it, and those are answered 503 until it has come. An application
/// that would rather wait calls `Verifier.prepare` first.
public final class KeyCache: Sendable {
  /// Certificates and sets of keys are a few KiB.
  public static let documentBytesMax = 64 << 10
  /// Longer than any fetch that a sender would still be waiting for.
  public static let loadTimeout = Duration.seconds(10)

  private struct State {
    var table: KeyTable
    /// Numbers the fetches, so that one that was given up cannot answer for its successor.
    var fetchNumber = 0
    var fetches: [String: Int] = [:]
    var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]
  }

  private let loader: any KeyLoader
  private let roots: [UInt8]?
  private let elapsed: @Sendable () -> Duration
  private let state: Mutex<State>

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - loader: fetches documents.
  ///   - roots: the certificates, in PEM, that chains must lead to: at most 1 MiB, 1 024 of them.
  /// - Throws: `rootsUnreadable` when they are none.
  public convenience init(
    loader: any KeyLoader,
    roots: [UInt8]
  ) throws(CertificateError) {
    guard CertificateChain.areReadable(roots: roots) else { throw .rootsUnreadable }
    let start = ContinuousClock.now
    self.init(loader: loader, roots: roots, limits: .init()) { start.duration(to: .now) }
  }

  /// Makes an empty cache that trusts the roots of the system.
  ///
  /// - Parameter loader: fetches documents.
  public convenience init(loader: any KeyLoader) {
    let start = ContinuousClock.now
    self.init(loader: loader, roots: nil, limits: .init()) { start.duration(to: .now) }
  }

  /// `elapsed` is the time since some fixed moment: tests move it by hand.
  package init(
    loader: any KeyLoader,
    roots: [UInt8]?,
    limits: KeyTable.Limits,
    elapsed: @escaping @Sendable () -> Duration
  ) {
    self.loader = loader
    self.roots = roots
    self.elapsed = elapsed
    state = Mutex(State(table: KeyTable(limits)))
  }

  /// What a document is read as.
  package enum Kind: Sendable {
    case certificate(subjects: [String])
    case keySet

    /// What was admitted as one kind, or for some subjects, says nothing about another.
    func entry(for url: String) -> String {
      switch self {
      case .certificate(let subjects): "certificate \(subjects.joined(separator: ",")) \(url)"
      case .keySet: "key_set \(url)"
      }
    }
  }

  /// The key at a URL that was admitted, if it is at hand.
  ///
  /// Otherwise `keyUnusable` is thrown, and the fetch has been started where that makes sense.
  func material(
    at url: String,
    as kind: Kind,
    for need: KeyTable.Need = .any
  ) throws(VerificationError) -> KeyTable.Material {
    let now = elapsed()
    let entry = kind.entry(for: url)
    let (answer, number) = state.withLock { state in
      let answer = state.table.lookUp(entry, for: need, at: now)
      guard answer.starts else { return (answer, 0) }
      state.fetchNumber += 1
      state.fetches[entry] = state.fetchNumber
      return (answer, state.fetchNumber)
    }
    if answer.starts { fetch(url, as: kind, number) }
    switch answer {
    case .found(let material, _): return material
    case .failed(let reason):
      throw .keyUnusable("the provider's key could not be had: \(reason)")
    case .busy: throw .keyUnusable("too many keys are being fetched")
    case .pending: throw .keyUnusable("the provider's key is being fetched")
    }
  }

  /// Waits until a fetch of this URL has ended; returns at once when there is none.
  package func settled(_ url: String, as kind: Kind) async {
    let entry = kind.entry(for: url)
    await withCheckedContinuation { continuation in
      let isWaiting = state.withLock { state in
        guard state.fetches[entry] != nil else { return false }
        state.waiting[entry, default: []].append(continuation)
        return true
      }
      if !isWaiting { continuation.resume() }
    }
  }

  /// Two tasks, of which the first decides: a loader that never returns must not keep the URL.
  private func fetch(_ url: String, as kind: Kind, _ number: Int) {
    let loader = loader
    let roots = roots
    let entry = kind.entry(for: url)
    let load = Task.detached {
      do {
        let bytes = try await loader.load(url)
        self.finish(entry, number, Self.read(bytes, as: kind, roots: roots))
      } catch {
        // What went wrong is the loader's to log; here it could be anything, of any length.
        self.finish(entry, number, .failure(KeyLoadError(reason: "the fetch failed")))
      }
    }
    Task.detached {
      try? await Task.sleep(for: Self.loadTimeout)
      self.finish(entry, number, .failure(KeyLoadError(reason: "the fetch took too long")))
      load.cancel()
    }
  }

  private func finish(
    _ entry: String,
    _ number: Int,
    _ result: Result<KeyTable.Material, KeyLoadError>
  ) {
    let now = elapsed()
    let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard state.fetches[entry] == number else { return [] }
      state.fetches[entry] = nil
      state.table.finish(entry, result, at: now)
      return state.waiting.removeValue(forKey: entry) ?? []
    }
    for continuation in waiting { continuation.resume() }
  }

  private static func read(
    _ bytes: [UInt8],
    as kind: Kind,
    roots: [UInt8]?
  ) -> Result<KeyTable.Material, KeyLoadError> {
    guard bytes.count <= documentBytesMax else {
      return .failure(KeyLoadError(reason: "the document is too long"))
    }
    switch kind {
    case .certificate(let subjects):
      do throws(CertificateError) {
        let chain = try CertificateChain(pem: bytes)
        try chain.verify(at: .now, roots: roots, subjects: subjects)
        return .success(.certificate(chain.publicKey))
      } catch {
        return .failure(KeyLoadError(reason: error.description))
      }
    case .keySet:
      do throws(JSONWebKeyError) {
        return .success(.keySet(try JSONWebKeySet(bytes.span)))
      } catch {
        return .failure(KeyLoadError(reason: "the key set is unusable: \(error)"))
      }
    }
  }
}
