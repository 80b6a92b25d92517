/// Lays JSON out for people.
///
/// It moves blanks only: every value comes through byte for byte.
package enum PrettyJSON {
  /// Indentation stops growing here, so that deep nesting cannot multiply the text.
  static let indentMax = 40

  package static func lines(_ json: [UInt8]) -> [UInt8] {
    var printed: [UInt8] = []
    printed.reserveCapacity(json.count + json.count / 2)
    var depth = 0
    var isInString = false
    var isEscaped = false
    var isOpen = false
    for byte in json {
      if isInString {
        printed.append(byte)
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D:
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        if isOpen { newline(depth, &printed) }
        depth += 1
        isOpen = true
        printed.append(byte)
        continue
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth = max(0, depth - 1)
        // An empty object or array stays on its line.
        if !isOpen { newline(depth, &printed) }
        printed.append(byte)
      case UInt8(ascii: ","):
        printed.append(byte)
        newline(depth, &printed)
      case UInt8(ascii: ":"):
        printed += [byte, 0x20]
      default:
        if isOpen { newline(depth, &printed) }
        isInString = byte == UInt8(ascii: "\"")
        printed.append(byte)
      }
      isOpen = false
    }
    printed.append(0x0A)
    return printed
  }

  private static func newline(_ depth: Int, _ printed: inout [UInt8]) {
    printed.append(0x0A)
    printed += [UInt8](repeating: 0x20, count: 2 * min(depth, indentMax))
  }
}
