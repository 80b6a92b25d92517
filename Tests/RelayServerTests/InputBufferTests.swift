import RelayServer
import Testing

@Suite("Input of a connection") struct InputBufferTests {
  private static let scratchBytes = 64

  private func scratch(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return bytes + [UInt8](repeating: 0xEE, count: Self.scratchBytes - bytes.count)
  }

  private func text(_ input: InputBuffer) -> String {
    var bytes: [UInt8] = []
    let span = input.span
    for index in span.indices { bytes.append(span[index]) }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `memory that was lent comes back whole, and nothing is kept of what was used`() {
    var input = InputBuffer()
    var memory = scratch("a request")
    input.receive(9, lending: &memory)
    #expect(text(input) == "a request")
    #expect(memory.isEmpty)
    input.consume(9)
    #expect(input.isEmpty)
    input.giveBack(&memory)
    #expect(memory.count == Self.scratchBytes)
    #expect(text(input) == "")
  }

  @Test func `what is left over is kept when the memory goes back`() {
    var input = InputBuffer()
    var memory = scratch("one two")
    input.receive(7, lending: &memory)
    input.consume(4)
    input.giveBack(&memory)
    #expect(memory.count == Self.scratchBytes)
    #expect(text(input) == "two")
    // What the loop reads next does not change it.
    memory[4] = 0x78
    #expect(text(input) == "two")
  }

  @Test func `more comes behind what is there`() {
    var input = InputBuffer()
    var memory = scratch("one two")
    input.receive(7, lending: &memory)
    input.consume(4)
    input.giveBack(&memory)
    memory = scratch(" three")
    input.receive(6, lending: &memory)
    input.giveBack(&memory)
    #expect(memory.count == Self.scratchBytes)
    #expect(text(input) == "two three")
    input.consume(4)
    #expect(text(input) == "three")
    #expect(String(decoding: input[1..<3], as: UTF8.self) == "hr")
    #expect(input.count == 5)
  }

  @Test func `dropping everything leaves lent memory to the loop`() {
    var input = InputBuffer()
    var memory = scratch("a request")
    input.receive(9, lending: &memory)
    input.removeAll()
    #expect(input.isEmpty)
    input.giveBack(&memory)
    #expect(memory.count == Self.scratchBytes)
    #expect(input.isEmpty)
  }

  @Test func `giving back what was not lent changes nothing`() {
    var input = InputBuffer()
    var memory = scratch("x")
    input.giveBack(&memory)
    #expect(memory == scratch("x"))
  }
}
