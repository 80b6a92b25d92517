/// Which blocks of a file are free: runs of them, in order, none beside another.
package struct BlockMap: Equatable, Sendable {
  package private(set) var count: Int
  private var free: [Range<Int>]

  /// All are free.
  package init(count: Int) {
    self.count = count
    free = count > 0 ? [0..<count] : []
  }

  package var freeCount: Int { free.reduce(0) { $0 + $1.count } }

  /// Adds free blocks at the end.
  package mutating func grow(to count: Int) {
    guard count > self.count else { return }
    let new = self.count..<count
    self.count = count
    give(new)
  }

  /// The first run of this length; nil where none is free, though fewer in a row may be.
  package mutating func take(_ length: Int) -> Range<Int>? {
    precondition(length > 0, "nothing is kept in no blocks")
    guard let index = free.firstIndex(where: { $0.count >= length }) else { return nil }
    let run = free[index]
    let taken = run.lowerBound..<run.lowerBound + length
    if run.count == length {
      free.remove(at: index)
    } else {
      free[index] = taken.upperBound..<run.upperBound
    }
    return taken
  }

  /// Takes exactly these blocks; false where one of them is taken.
  package mutating func claim(_ blocks: Range<Int>) -> Bool {
    guard
      let index = free.firstIndex(where: {
        $0.lowerBound <= blocks.lowerBound && $0.upperBound >= blocks.upperBound
      })
    else { return false }
    let run = free.remove(at: index)
    let rest = [run.lowerBound..<blocks.lowerBound, blocks.upperBound..<run.upperBound]
    free.insert(contentsOf: rest.filter { !$0.isEmpty }, at: index)
    return true
  }

  package mutating func give(_ blocks: Range<Int>) {
    let index = free.firstIndex { $0.lowerBound >= blocks.lowerBound } ?? free.count
    let before = index > 0 ? free[index - 1] : nil
    let after = index < free.count ? free[index] : nil
    precondition(
      (before?.upperBound ?? 0) <= blocks.lowerBound
        && blocks.upperBound <= (after?.lowerBound ?? count),
      "blocks that are free are given back"
    )
    let joinsBefore = before?.upperBound == blocks.lowerBound
    let joinsAfter = after?.lowerBound == blocks.upperBound
    let start = joinsBefore ? before?.lowerBound ?? 0 : blocks.lowerBound
    let end = joinsAfter ? after?.upperBound ?? count : blocks.upperBound
    let replaced = (joinsBefore ? index - 1 : index)..<(joinsAfter ? index + 1 : index)
    free.replaceSubrange(replaced, with: CollectionOfOne(start..<end))
  }
}
