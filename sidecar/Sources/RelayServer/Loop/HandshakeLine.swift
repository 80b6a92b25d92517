/// Who of a loop's connections shakes hands, oldest first.
///
/// Who is done is only counted out, and drops from the line when the line is gone through: joining
/// and leaving cost the same however many there are.
package struct HandshakeLine<Member> {
  /// Below this it is not worth going through the line.
  private static var tidyMin: Int { 64 }

  /// How many shake hands.
  package private(set) var count = 0
  /// Those, and among them members that have left; from `start` on.
  private var members: [Member] = []
  private var start = 0

  package init() {}

  /// Entries that are kept, for tests.
  package var held: Int { members.count - start }

  /// A member begins; `isShaking` tells of others whether they still do.
  package mutating func join(_ member: Member, isShaking: (Member) -> Bool) {
    if members.count >= max(Self.tidyMin, 2 * count) {
      members = members[start...].filter(isShaking)
      start = 0
    }
    members.append(member)
    count += 1
  }

  /// A member is done, however it ended.
  package mutating func leave() {
    precondition(count > 0, "nobody leaves who has not joined")
    count -= 1
  }

  /// The one that has been at it longest; it is still to leave.
  package mutating func takeOldest(isShaking: (Member) -> Bool) -> Member? {
    while start < members.count {
      let member = members[start]
      start += 1
      if isShaking(member) { return member }
    }
    return nil
  }
}
