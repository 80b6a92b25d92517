/// What is wrong with a value, and what to write instead.
struct Mistake: Error, Equatable {
  var message: String
  var suggestion: String
}
