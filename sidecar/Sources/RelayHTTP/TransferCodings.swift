/// The transfer codings of a request (RFC 9112 §6.1), gathered over all its field lines.
///
/// Only one list is understood: `chunked`. The others are told apart because they have different
/// answers: a list whose end is not chunked has no end (400), and one that is well formed and asks
/// for more than this server can undo is for another server (501).
struct TransferCodings {
  private var count = 0
  private var chunkedCount = 0
  private var isChunkedLast = false
  private var lines = 0
  /// Something stands in the list that is no coding's name.
  private var isMalformed = false

  var isPresent: Bool { lines > 0 }

  mutating func take(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HTTPError) {
    lines += 1
    // A list on two lines is one list (RFC 9110 §5.3), and that is how one coding is shown to one
    // server and another to the next.
    guard lines == 1 else { throw .badRequest("Transfer-Encoding is given twice") }
    var start = value.lowerBound
    repeat {
      var end = start
      while end < value.upperBound, bytes[end] != 0x2C { end += 1 }
      takeElement(bytes, start..<end)
      start = end + 1
    } while start <= value.upperBound
  }

  private mutating func takeElement(_ bytes: Span<UInt8>, _ element: Range<Int>) {
    var start = element.lowerBound
    var end = element.upperBound
    while start < end, Words.isBlank(bytes[start]) { start += 1 }
    while end > start, Words.isBlank(bytes[end - 1]) { end -= 1 }
    count += 1
    isChunkedLast = Words.equals(bytes, start..<end, "chunked")
    if isChunkedLast { chunkedCount += 1 }
    // No coding has parameters here, and an empty element is where two readers part.
    if start == end { isMalformed = true }
    for index in start..<end where !Words.isToken(bytes[index]) { isMalformed = true }
  }

  func check() throws(HTTPError) {
    guard !isMalformed else { throw .badRequest("Transfer-Encoding is not a list of names") }
    // What is not chunked at its end has no end, and nothing is chunked twice (RFC 9112 §6.1,
    // §6.3).
    guard isChunkedLast, chunkedCount == 1 else {
      throw .badRequest("Transfer-Encoding does not end with one chunked")
    }
    // A coding that is not understood (RFC 9112 §6.1): the signature of a body says nothing of it.
    guard count == 1 else { throw .codingNotImplemented }
  }
}
