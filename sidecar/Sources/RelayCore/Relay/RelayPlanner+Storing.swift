/// What of all lanes must survive the process, and which events are still needed.
extension RelayPlanner {
  /// Returns what must be made durable; idle lanes say how far they have looked when
  /// `includesPassing`.
  package mutating func drainChanges(includesPassing: Bool) -> [StateChange] {
    var changes: [StateChange] = []
    for index in includesPassing ? activeIndexes : dirty.sorted() where !isRemoved[index] {
      let passed = passed(index)
      if lanes[index].isDrained(passed: passed, routes: routes[index]) {
        changes += lanes[index].drainChanges(passed: passed, includesPassing: false)
        changes += lanes[index].removal()
        remove(index)
        continue
      }
      changes += lanes[index].drainChanges(passed: passed, includesPassing: includesPassing)
      if includesPassing, routes[index].forget(through: lanes[index].storedFrontier),
        lanes[index].mode == .active
      {
        let key = RelayKey.routes(lanes[index].name)
        changes.append(StateChange(key: key, value: routes[index].encode()))
      }
    }
    dirty.removeAll(keepingCapacity: true)
    return changes
  }

  private mutating func remove(_ index: Int) {
    isRemoved[index] = true
    if places[index].isFollowing { followers -= 1 }
    hungry.remove(index)
  }

  /// What happened that somebody should hear of.
  package mutating func drainNotices() -> [(lane: Int, notice: LaneNotice)] {
    var all: [(lane: Int, notice: LaneNotice)] = []
    for index in dirty { all += lanes[index].drainNotices().map { (index, $0) } }
    return all
  }

  /// The lowest sequence that any lane still needs, by what is durable; nil: none.
  package var lowestNeeded: UInt64? {
    activeIndexes.map { lanes[$0].lowestNeeded }.min()
  }
}
