internal import CWebhookCrypto
internal import Synchronization

/// Key material: one copy, overwritten before its memory is given back.
///
/// The bytes are lent as a span and never handed out as an array, which would be a second copy
/// that nobody overwrites.
final class SecretBytes: Sendable {
  private let bytes: Mutex<[UInt8]>
  let count: Int

  init(_ bytes: consuming sending [UInt8]) {
    count = bytes.count
    self.bytes = Mutex(bytes)
  }

  deinit {
    bytes.withLock { bytes in
      var memory = bytes.mutableSpan
      // Lent for the call.
      unsafe memory.lend { unsafe cwc_cleanse($0, $1) }
    }
  }

  /// Lends the bytes; the lock is held meanwhile, so the body is to be short.
  func withBytes<Result: ~Copyable & Sendable, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withLock { (bytes) throws(Failure) -> Result in
      try body(bytes.span)
    }
  }
}
