/// How to take a body of several events apart.
package struct ItemPlan: Sendable {
  /// More events than any provider puts into one delivery; each costs a search.
  package static let itemsMax = 1000

  let pattern: JSONPattern
  let idPlaces: [PlaceReader]
  let typePlaces: [PlaceReader]
  let areSigned: Bool
  /// What holds the ids and types of the items.
  let facts: Search

  init(_ rule: Profile.ItemsRule) throws(VerifierError) {
    var facts = SearchList()
    pattern = try SearchList.pattern(rule.pattern)
    idPlaces = try VerificationPlan.readers(rule.idPlaces, &facts)
    typePlaces = try VerificationPlan.readers(rule.typePlaces, &facts)
    self.facts = Search(facts)
    areSigned = rule.areSigned
  }

  /// Where the items lie in the body.
  ///
  /// - Returns: nil when the body is not JSON, holds more than `itemsMax`, or names one twice.
  func hits(in body: [UInt8]) -> [JSONHit]? {
    Self.hits(of: pattern, in: body)
  }

  /// The values that a pattern names, in the order of the document; nil as for `ranges`.
  static func hits(of pattern: JSONPattern, in body: [UInt8]) -> [JSONHit]? {
    JSONScanner.unambiguousMatches(of: pattern, in: body.span, max: itemsMax)
  }

  func ranges(in body: [UInt8]) -> [Range<Int>]? {
    hits(in: body)?.map(\.range)
  }
}
