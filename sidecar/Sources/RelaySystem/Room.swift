enum RelaySystemRoom {}
