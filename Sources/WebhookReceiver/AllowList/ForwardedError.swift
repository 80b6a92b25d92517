/// Why the address of the client cannot be told from the header that proxies write.
///
/// `hop` counts from the right, from 1: the first is what the nearest proxy wrote. No case holds
/// text of the header, because whoever sent the request may have chosen it.
@nonexhaustive
public enum ForwardedError: Error, Equatable, Sendable {
  /// Where an address must stand there is something else, or an IPv6 zone, which is none of ours.
  case notAnAddress(hop: Int)
  /// The proxy hides the address: `unknown`, or a name of its own such as `_gateway`.
  case hiddenAddress(hop: Int)
  /// Nothing stands between two commas, or in the whole field.
  case emptyElement(hop: Int)
  /// An element of `Forwarded` has no `for`.
  case missingFor(hop: Int)
  /// An element of `Forwarded` has more than one `for`.
  case repeatedFor(hop: Int)
  /// An element of `Forwarded` is not a list of names and values (RFC 7239, section 4).
  case malformedElement(hop: Int)
  /// A quotation mark opens or closes nothing.
  case unbalancedQuotes(hop: Int)
  /// There is a byte beyond ASCII.
  case notASCII(hop: Int)
  /// More proxies than `max` have passed the request on.
  case tooManyHops(max: Int)
  /// More than `bytesMax` bytes had to be read.
  case tooLong(bytesMax: Int)
}

extension ForwardedError: CustomStringConvertible {
  /// What is wrong, and what to change in the proxy.
  public var description: String {
    switch self {
    case .notAnAddress(let hop):
      "hop \(hop) from the right is not an IP address; let the proxy write the client's address"
    case .hiddenAddress(let hop):
      "hop \(hop) from the right hides its address; let the proxy write the client's address"
    case .emptyElement(let hop):
      "hop \(hop) from the right is empty; let the proxy write the client's address"
    case .missingFor(let hop):
      "hop \(hop) from the right has no \"for\"; let the proxy write for=<client's address>"
    case .repeatedFor(let hop):
      "hop \(hop) from the right has more than one \"for\"; let the proxy write one"
    case .malformedElement(let hop):
      "hop \(hop) from the right is not written as RFC 7239 wants it; values that are not plain "
        + "words, such as IPv6 addresses, stand in quotation marks"
    case .unbalancedQuotes(let hop):
      "hop \(hop) from the right has a quotation mark without its partner; mend the proxy"
    case .notASCII(let hop):
      "hop \(hop) from the right has bytes beyond ASCII; let the proxy write an address"
    case .tooManyHops(let max):
      "more than \(max) trusted proxies in one chain; look for two that send to each other"
    case .tooLong(let bytesMax):
      "the chain of proxies is longer than \(bytesMax) bytes; look for two that send to each other"
    }
  }
}
