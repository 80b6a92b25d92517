internal import RelayTLS

/// The same stream over TLS.
extension BlockingStream {
  /// A record holds at most this much (RFC 8446 §5.1).
  private static let recordBytes = 16 << 10

  /// Shakes hands to the end, within the time of the socket.
  func shakeHands() throws(ExchangeFailure) {
    guard let session else { return }
    while true {
      var failure: TLSFailure?
      var isDone = false
      do throws(TLSFailure) {
        isDone = try session.shakeHands()
      } catch {
        failure = error
      }
      // Of a failure it is the alert that says why.
      let sending = sendOutput(of: session)
      if let failure { throw .tls(failure) }
      if let sending { throw sending }
      if isDone { return }
      try feed(session)
    }
  }

  func sendSecure(_ bytes: [UInt8], _ session: TLSClientSession) -> ExchangeFailure? {
    do throws(TLSFailure) {
      try session.write(bytes.span)
    } catch {
      return .tls(error)
    }
    return sendOutput(of: session)
  }

  func receiveSecure(
    into buffer: inout [UInt8],
    _ session: TLSClientSession
  ) throws(ExchangeFailure) -> Int {
    var piece = [UInt8](repeating: 0, count: Self.recordBytes)
    while true {
      switch try Self.read(session, into: &piece) {
      case .bytes(let count):
        buffer += piece[..<count]
        return count
      case .ended:
        return 0
      case .waits:
        if let failure = sendOutput(of: session) { throw failure }
        try feed(session)
      }
    }
  }

  /// What ends without a goodbye was cut, perhaps by somebody else.
  private static func read(
    _ session: TLSClientSession,
    into piece: inout [UInt8]
  ) throws(ExchangeFailure) -> TLSSession.Reading {
    do throws(TLSFailure) {
      var span = piece.mutableSpan
      return try session.read(into: &span)
    } catch {
      throw error.kind == .truncated ? .cut : .tls(error)
    }
  }

  private func sendOutput(of session: TLSClientSession) -> ExchangeFailure? {
    var output: [UInt8] = []
    session.takeOutput(into: &output)
    return output.isEmpty ? nil : sendPlain(output)
  }

  private func feed(_ session: TLSClientSession) throws(ExchangeFailure) {
    var wire: [UInt8] = []
    guard try receivePlain(into: &wire) > 0 else { return session.feedEnd() }
    do throws(TLSFailure) {
      try session.feed(wire.span)
    } catch {
      throw .tls(error)
    }
  }
}

extension TLSClientContext.Roots {
  init(_ trust: HTTPAddress.Trust) {
    self =
      switch trust {
      case .system: .system
      case .pem(let certificates): .pem(certificates)
      }
  }
}
