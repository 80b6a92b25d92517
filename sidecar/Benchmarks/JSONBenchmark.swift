internal import WebhookReceiver

/// Three pointers in a body of 100 KiB, all of it validated, against the sum of its bytes.
///
/// Nothing that looks at every byte is cheaper than the sum: the ratio says what reading JSON
/// costs above reading.
enum JSONBenchmark {
  private static let bodyBytes = 100 << 10

  static func rows() -> [Row] {
    guard
      let set = try? PointerSet([
        JSONPointer("/id"), JSONPointer("/type"), JSONPointer("/data/object/id"),
      ])
    else { return [] }
    return [
      row("pushes", push, set), row("short values", measurement, set),
      row("beyond ASCII", comment, set), row("escapes", escapedComment, set),
    ]
  }

  /// What GitHub sends most of: strings of fifty characters under keys of ten.
  private static let push = #"""
    {
      "ref": "refs/tags/simple-tag",
      "before": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
      "created": false,
      "base_ref": null,
      "repository": {
        "id": 186853002,
        "full_name": "Codertocat/Hello-World",
        "html_url": "https://github.com/Codertocat/Hello-World",
        "keys_url": "https://api.github.com/repos/Codertocat/Hello-World/keys{/key_id}",
        "pushed_at": 1557933657,
        "private": false
      }
    }
    """#
  private static let measurement =
    #"{"id":7281930,"ok":true,"none":null,"n":-12.75,"tags":["a","bc"],"at":{"x":3,"y":-912}}"#
  private static let comment = #"{"이름":"홍길동","글":"웹훅 수신기 — 검증된 사건만 지나간다 ✔"}"#
  private static let escapedComment =
    #"{"text":"\uc6f9\ud6c5 \uc218\uc2e0\uae30\r\n\"\u00e9\u00e8\" \ud83d\ude00","n":"a\/b"}"#

  private static func row(_ what: String, _ element: String, _ set: PointerSet) -> Row {
    let count = bodyBytes / element.utf8.count
    let list = Array(repeating: element, count: count).joined(separator: ",")
    let body = Array(
      #"{"id":"evt_1","list":[\#(list)],"type":"t","data":{"object":{"id":"o"}}}"#.utf8
    )
    let calls = 100
    let ours = nanosecondsPerCall(calls: calls) {
      guard let hits = set.locate(in: body.span), hits[2] != nil else {
        preconditionFailure("what was written here is found here")
      }
    }
    var total: UInt64 = 0
    let peer = nanosecondsPerCall(calls: calls) {
      for byte in body { total &+= UInt64(byte) }
    }
    // Used, so that the sum is not dropped.
    precondition(total > 0, "no body is all zeros")
    let bytes = Double(body.count)
    return Row(
      what: "JSON of 100 KiB, \(what) / sum",
      unit: "GB/s",
      ours: bytes / ours,
      peer: bytes / peer
    )
  }
}
