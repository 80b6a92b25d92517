extension ProxyHeader.Malformation: CustomStringConvertible {
  /// What is wrong, and what to change in the proxy; it holds no byte of what was received.
  public var description: String {
    switch self {
    case .noSignature:
      "the connection does not begin with a PROXY header; let the proxy send one (nginx: "
        + "proxy_protocol on, HAProxy: send-proxy-v2), or do not ask for it"
    case .lineTooLong:
      "the PROXY line does not end within \(ProxyHeader.lineBytesMax) bytes; mend the proxy"
    case .unknownProtocol:
      "the PROXY line names none of TCP4, TCP6 and UNKNOWN; mend the proxy"
    case .fieldCount:
      "the PROXY line has not two addresses and two ports, each after one space; mend the proxy"
    case .badAddress:
      "the PROXY line has something else in the place of an address of its family; mend the proxy"
    case .badPort:
      "the PROXY line has something else in the place of a port; mend the proxy"
    case .unknownVersion:
      "the binary PROXY header is not of version 2; let the proxy send version 1 or 2"
    case .unknownCommand:
      "the command of the PROXY header is neither LOCAL nor PROXY; mend the proxy"
    case .unknownFamily:
      "the PROXY header is of a family or transport that version 2 does not know; mend the proxy"
    case .tooLong:
      "the PROXY header says that it is longer than \(ProxyHeader.bytesMax) bytes; let the proxy "
        + "send fewer extensions"
    case .addressesCut:
      "the PROXY header is too short for its addresses; mend the proxy"
    case .extensionCut:
      "an extension of the PROXY header ends behind it; mend the proxy"
    }
  }
}
