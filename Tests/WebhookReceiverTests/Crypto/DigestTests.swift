import Testing
import WebhookReceiver

@Suite struct DigestTests {
  // FIPS 180-4 examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `SHA-256 gives the published digests`(text: String, digest: String) {
    #expect(Hex.encode(SHA256.digest(Array(text.utf8))) == digest)
  }

  @Test func `parts have the digest of the whole`() {
    var generator = SeededGenerator(seed: 256)
    let message = generator.bytes(1000)
    for cut in [0, 1, 63, 64, 65, 999, 1000] {
      var hasher = SHA256Hasher()
      hasher.update(Array(message[..<cut]))
      hasher.update([])
      hasher.update(Array(message[cut...]))
      #expect(hasher.digest() == SHA256.digest(message))
    }
  }

  // The reference implementation's vectors: key 00…0f, message 00, 01, 02…
  @Test(arguments: [
    (0, "a3817f04ba25a8e66df67214c7550293"),
    (1, "da87c1d86b99af44347659119b22fc45"),
    (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
    (63, "5150d1772f50834a503e069a973fbd7c"),
  ])
  func `SipHash gives the published codes`(count: Int, code: String) {
    let hash = KeyedHash128(key: (0..<16).map { UInt8($0) })
    let result = hash.hash((0..<count).map { UInt8($0) })
    let text = [result.high, result.low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    #expect(text.joined() == code)
  }

  @Test func `another key gives another hash, the same key the same`() {
    let one = KeyedHash128(key: Array(repeating: 1, count: 16))
    let two = KeyedHash128(key: Array(repeating: 2, count: 16))
    #expect(one.hash([1, 2, 3]) == one.hash([1, 2, 3]))
    #expect(one.hash([1, 2, 3]) != two.hash([1, 2, 3]))
    #expect(one.hash([1, 2, 3]) != one.hash([1, 2, 3, 0]))
  }

  @Test func `threads that hash at once do not disturb each other`() async {
    let hash = KeyedHash128(key: Array(repeating: 7, count: 16))
    let expected = (0..<64).map { hash.hash([UInt8($0)]) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<64).allSatisfy { hash.hash([UInt8($0)]) == expected[$0] }
        }
      }
      for await isSame in group { #expect(isSame) }
    }
  }

  @Test func `a key of another length is a mistake of the programmer`() async {
    await #expect(processExitsWith: .failure) { _ = KeyedHash128(key: [1, 2, 3]) }
  }
}
