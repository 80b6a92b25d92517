internal import CRelayTLS

/// One TLS connection without its socket: bytes of the wire go in and come out on one side, bytes
/// of the application on the other.
///
/// For one thread. After an error it is dead, but what `takeOutput` still has should be sent: the
/// other side reads in it why.
@safe package class TLSSession {
  /// What a read brought.
  package enum Reading: Equatable, Sendable {
    case bytes(Int)
    /// More bytes of the wire are needed.
    case waits
    /// The other side closed the stream properly.
    case ended
  }

  /// Words that libssl has for an error, in bytes.
  private static let wordsBytesMax = 160

  /// What messages call the other side.
  let peer: String
  let session: OpaquePointer

  /// Takes over a session of the engine.
  init(_ session: OpaquePointer, with peer: String) {
    self.peer = peer
    unsafe self.session = session
  }

  // SAFETY: nobody else frees it, and nobody can use it any more.
  deinit { unsafe relay_tls_session_free(session) }

  /// Takes bytes of the wire.
  package func feed(_ bytes: Span<UInt8>) throws(TLSFailure) {
    // SAFETY: the session lives as long as this object; so it is below.
    guard unsafe bytes.lend({ unsafe relay_tls_feed(session, $0, $1) }) == 1 else {
      throw TLSFailure(.other, "no memory for what \(peer) sends")
    }
  }

  /// The wire has ended.
  package func feedEnd() { unsafe relay_tls_feed_end(session) }

  /// Goes on shaking hands; true when that is done.
  package func shakeHands() throws(TLSFailure) -> Bool {
    let result = unsafe relay_tls_handshake(session)
    if result == 1 { return true }
    guard result == RELAY_TLS_WAITS else { throw failure(result) }
    return false
  }

  /// Decrypts into `bytes`, as much as there is and fits.
  package func read(into bytes: inout MutableSpan<UInt8>) throws(TLSFailure) -> Reading {
    let result = unsafe bytes.lend { unsafe relay_tls_read(session, $0, $1) }
    if result > 0 { return .bytes(result) }
    switch Int32(result) {
    case RELAY_TLS_WAITS: return .waits
    case RELAY_TLS_ENDED: return .ended
    default: throw failure(Int32(result))
    }
  }

  /// Whether part of a record has come and the rest has not; to be asked when a read waits.
  package var holdsPartialRecord: Bool { unsafe relay_tls_is_mid_record(session) != 0 }

  /// Encrypts all of `bytes`.
  package func write(_ bytes: Span<UInt8>) throws(TLSFailure) {
    guard unsafe bytes.lend({ unsafe relay_tls_write(session, $0, $1) }) == bytes.count else {
      throw failure(RELAY_TLS_BROKE)
    }
  }

  /// Says goodbye; the words wait in `takeOutput`.
  package func close() { unsafe relay_tls_close(session) }

  /// Appends what is to be sent, by way of `scratch`, which may be of any size but empty.
  package func takeOutput(into output: inout [UInt8], using scratch: inout [UInt8]) {
    while true {
      let count = unsafe Self.take(session, &scratch)
      guard count > 0 else { return }
      output.append(contentsOf: scratch[..<count])
    }
  }

  /// Appends what is to be sent.
  package func takeOutput(into output: inout [UInt8]) {
    let count = unsafe relay_tls_pending(session)
    guard count > 0 else { return }
    var piece = [UInt8](repeating: 0, count: count)
    let taken = unsafe Self.take(session, &piece)
    if output.isEmpty, taken == count { output = piece } else { output += piece[..<taken] }
  }

  /// Gives back the memory of buffers that hold nothing: a connection at rest has none.
  package func trim() { unsafe relay_tls_trim(session) }

  private static func take(_ session: OpaquePointer, _ scratch: inout [UInt8]) -> Int {
    var span = scratch.mutableSpan
    return unsafe span.lend { unsafe relay_tls_take(session, $0, $1) }
  }

  private func failure(_ result: Int32) -> TLSFailure {
    if result == RELAY_TLS_ENDED {
      return TLSFailure(.truncated, "\(peer) closed the TLS connection during the handshake")
    }
    var words = [UInt8](repeating: 0, count: Self.wordsBytesMax)
    let count = unsafe Self.words(session, &words)
    let text = String(decoding: words.prefix(count), as: UTF8.self)
    return explain(unsafe relay_tls_failure_of(session), text)
  }

  /// What a number of the engine means on this side; `words` are libssl's.
  func explain(_ code: Int32, _ words: String) -> TLSFailure {
    TLSFailure(code: code, host: peer, words: words)
  }

  private static func words(_ session: OpaquePointer, _ words: inout [UInt8]) -> Int {
    var span = words.mutableSpan
    return unsafe span.lend { unsafe relay_tls_words(session, $0, $1) }
  }
}
