/// Who may connect: an allow-list, a deny-list, both, or neither.
///
/// An address in both lists is denied: a deny-list is the exception that somebody made on
/// purpose, often in a hurry.
public struct AddressPolicy: Sendable, Hashable {
  /// What a policy says about an address.
  @nonexhaustive
  public enum Decision: Sendable, Hashable {
    /// The address may connect.
    case permitted
    /// There is an allow-list, and the address is not in it.
    case notAllowed
    /// The address is in the deny-list.
    case denied
    /// There is a list to look in, and no address to look for.
    case unknownAddress
  }

  /// Who may connect; nil: everybody.
  public let allow: AllowList?
  /// Who may not, whatever `allow` says; nil: nobody.
  public let deny: DenyList?

  /// Makes a policy.
  ///
  /// - Parameters:
  ///   - allow: who may connect; nil: everybody. An empty list lets nobody in.
  ///   - deny: who may not connect, even when allowed; nil: nobody.
  public init(allow: AllowList? = nil, deny: DenyList? = nil) {
    self.allow = allow
    self.deny = deny
  }

  /// Says whether the address may connect; nil stands for an address that is not known.
  ///
  /// An unknown address is permitted only where no list could tell it from another.
  ///
  /// - Complexity: O(log n) in the number of blocks.
  public func decision(for address: IPAddress?) -> Decision {
    guard let address else {
      let isDecidedByAddress = allow != nil || deny.map { !$0.isEmpty } ?? false
      return isDecidedByAddress ? .unknownAddress : .permitted
    }
    if let deny, deny.contains(address) { return .denied }
    if let allow, !allow.contains(address) { return .notAllowed }
    return .permitted
  }
}
