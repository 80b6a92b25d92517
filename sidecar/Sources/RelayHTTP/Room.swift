enum RelayHTTPRoom {}
