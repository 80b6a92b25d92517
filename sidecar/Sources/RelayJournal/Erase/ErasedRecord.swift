internal import RelaySystem

/// Makes the record of an erased body: zeros for the body, a flag, and checksums that are right.
///
/// The record's own checksum is calculated anew. It stands in the record header, over which the
/// batch has another, and that one over which the chain runs: it has to stay as it is. So four
/// bytes of the header that mean nothing are chosen to that end. CRCs are linear: what each of
/// their 32 bits does to the checksum is known, and a system of equations gives the bits.
///
/// CRC-32C keeps the parity of what it is over, so no choice can undo a change of parity: a body
/// with an odd number of ones keeps one of them, in its last byte. With the parity right there is
/// a solution for every length that a record can have.
enum ErasedRecord {
  /// Where the four bytes stand in the header.
  private static let balanceOffset = 56
  private static let balanceBits = 32
  private static let checksumOffset = 4
  private static let flagsOffset = 54

  /// Erases the body of the record at `start`, whose header was accepted.
  static func make(in bytes: inout [UInt8], at start: Int, _ header: RecordHeader) {
    let before = Array(bytes[start..<start + Layout.recordHeaderBytes])
    let body = start + header.bodyRange.lowerBound..<start + header.bodyRange.upperBound
    let isOdd = bytes[body].reduce(0) { $0 ^ $1 }.nonzeroBitCount % 2 == 1
    bytes.replaceSubrange(body, with: repeatElement(0, count: body.count))
    if isOdd { bytes[body.upperBound - 1] = 1 }
    bytes.store(header.flags | EventFlags.erased.rawValue, at: start + flagsOffset)
    bytes.store(UInt64(0), at: start + balanceOffset)
    let end = start + Int(header.totalBytes)
    let plain = crc32c(bytes.span.extracting(start + 8..<end))
    bytes.store(plain, at: start + checksumOffset)
    let after = Array(bytes[start..<start + Layout.recordHeaderBytes])
    let behind = Int(header.totalBytes) - Layout.recordHeaderBytes
    let balance = balance(crc32c(before.span) ^ crc32c(after.span), behind: behind)
    bytes.store(balance, at: start + balanceOffset)
    bytes.store(crc32c(bytes.span.extracting(start + 8..<end)), at: start + checksumOffset)
    precondition(
      crc32c(bytes.span.extracting(start..<start + Layout.recordHeaderBytes))
        == crc32c(before.span),
      "the batch's checksum has to stay"
    )
  }

  /// The four bytes that change the checksum over the header by `wanted`, where so many bytes of
  /// the record stand behind the header.
  private static func balance(_ wanted: UInt32, behind: Int) -> UInt32 {
    var basis: [(effect: UInt32, bits: UInt32)?] = Array(repeating: nil, count: balanceBits)
    for (bit, effect) in effects(behind).enumerated() {
      var row = (effect: effect, bits: UInt32(1) << UInt32(bit))
      while row.effect != 0 {
        let lead = row.effect.trailingZeroBitCount
        guard let known = basis[lead] else {
          basis[lead] = row
          break
        }
        row = (row.effect ^ known.effect, row.bits ^ known.bits)
      }
    }
    var left = wanted
    var bits: UInt32 = 0
    while left != 0 {
      guard let row = basis[left.trailingZeroBitCount] else {
        preconditionFailure("a change that keeps the parity can be undone")
      }
      left ^= row.effect
      bits ^= row.bits
    }
    return bits
  }

  /// What each bit of the four bytes does to the checksum over the header, the record's own
  /// checksum in it included.
  private static func effects(_ behind: Int) -> [UInt32] {
    let zeros = [UInt8](repeating: 0, count: Layout.recordHeaderBytes)
    let none = crc32c(zeros.span)
    let tail = balanceOffset..<Layout.recordHeaderBytes
    let noneOfTail = crc32c(zeros.span.extracting(tail))
    let headers = (0..<balanceBits).map { bit in
      var header = zeros
      header.store(UInt32(1) << UInt32(bit), at: balanceOffset)
      return header
    }
    var changes = headers.map { crc32c($0.span.extracting(tail)) ^ noneOfTail }
    ChecksumShift.pass(zeros: behind, &changes)
    return zip(headers, changes).map { header, change in
      var header = header
      header.store(change, at: checksumOffset)
      return crc32c(header.span) ^ none
    }
  }
}

/// What zeros behind two texts make of the difference of their checksums.
enum ChecksumShift {
  /// Takes differences over `count` zero bytes, by squares: their number does not matter.
  static func pass(zeros count: Int, _ differences: inout [UInt32]) {
    let zero: [UInt8] = [0]
    let none = crc32c(zero.span)
    var step = (0..<32).map { crc32c(zero.span, seed: 1 << UInt32($0)) ^ none }
    var left = count
    while left > 0 {
      if left % 2 == 1 { for index in differences.indices { apply(step, to: &differences[index]) } }
      let once = step
      for index in step.indices { apply(once, to: &step[index]) }
      left /= 2
    }
  }

  private static func apply(_ step: [UInt32], to difference: inout UInt32) {
    var left = difference
    difference = 0
    while left != 0 {
      difference ^= step[left.trailingZeroBitCount]
      left &= left - 1
    }
  }
}
