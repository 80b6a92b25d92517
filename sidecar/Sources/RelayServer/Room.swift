enum RelayServerRoom {}
