import Testing

@Suite("Tidy: the module graph") struct ModuleGraphTests {
  @Test(arguments: Room.all)
  func `a room imports only what it may know`(room: Room) throws {
    let allowed = room.mayImport.union(room.toolchain)
    for (file, module) in try room.imports() {
      #expect(allowed.contains(module), "\(file) imports \(module)")
    }
  }

  @Test(arguments: Room.all)
  func `a room reaches only what it may know, over any number of steps`(room: Room) throws {
    var reached: Set<String> = []
    var waiting = [room]
    while let next = waiting.popLast() {
      for (_, module) in try next.imports() where reached.insert(module).inserted {
        if let found = Room.named(module) { waiting.append(found) }
      }
    }
    let rooms = reached.filter { Room.named($0) != nil }
    #expect(rooms.isSubset(of: room.mayReach), "\(rooms.subtracting(room.mayReach).sorted())")
    #expect(!reached.contains(room.name), "a circle leads back to \(room.name)")
  }

  @Test func `every room on the disk is in the graph`() throws {
    let names = try Repository.folders(in: "Sources") + Repository.folders(in: "sidecar/Sources")
    #expect(Set(names) == Set(Room.all.map(\.name)))
  }

  @Test(arguments: ["RelayHTTP", "RelayCore", "RelayConfiguration", "RelayJournal"])
  func `rooms of pure functions never reach sockets, threads or Foundation`(name: String) throws {
    let room = try #require(Room.named(name))
    let modules = try room.imports().map(\.module)
    #expect(!modules.contains { $0.hasPrefix("Foundation") || $0 == "Glibc" || $0 == "Dispatch" })
  }

  @Test func `there are no package dependencies`() throws {
    let manifest = try Repository.text("Package.swift")
    #expect(!manifest.contains(".package("))
  }

  @Test func `the API's description is one file in two places`() throws {
    let written = try Repository.text("sidecar/openapi.yaml")
    let embedded = try Repository.text("sidecar/Sources/RelayServer/openapi.yaml")
    #expect(written == embedded)
  }

  @Test(arguments: [
    ("import Testing", "Testing"),
    ("internal import RelaySystem", "RelaySystem"),
    ("public import struct RelaySystem.File", "RelaySystem"),
    ("@preconcurrency internal import Glibc", "Glibc"),
    ("  internal import FoundationNetworking", "FoundationNetworking"),
    ("// import Foundation", nil),
    ("let text = \"import Foundation\"", nil),
    ("importantly(a)", nil),
  ])
  func `import lines are told from others`(line: String, module: String?) {
    #expect(Room.module(importedBy: line) == module)
  }
}
