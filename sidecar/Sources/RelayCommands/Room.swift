enum RelayCommandsRoom {}
